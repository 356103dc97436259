using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Served;

/// <summary>Works out what the restore of a dump into a server will do, by looking at the server.</summary>
internal sealed class ServedPlanner(DumpDescription dump, ServedTargetOptions options, TimeProvider clock)
{
    /// <summary>Looks at the server; changes nothing.</summary>
    internal async Task<ServedRestorePlan> PlanAsync(CancellationToken cancellationToken)
    {
        var server = await PostgresServer.ResolveAsync(options.Server, clock, cancellationToken).ConfigureAwait(false);
        var target = options.As is { } name ? server.With(name) : server;
        var maintenance = await PostgresMaintenance.OpenAsync(server, cancellationToken).ConfigureAwait(false);
        await using (maintenance.ConfigureAwait(false))
        {
            var isThere = await maintenance.ExistsAsync(target.Database, cancellationToken).ConfigureAwait(false);
            return new ServedRestorePlan
            {
                Options = options,
                Origin = dump.Origin,
                Record = dump.Record,
                Bytes = dump.Bytes,
                Target = target,
                Replaces = isThere,
                PresentBytes = isThere ? await maintenance.BytesAsync(target.Database, cancellationToken).ConfigureAwait(false) : null,
                Space = await new ServerSpace(maintenance).ForAsync(dump.Record?.Postgres?.Bytes ?? dump.Bytes, cancellationToken).ConfigureAwait(false),
                Sessions = isThere ? await maintenance.SessionsAsync(target.Database, cancellationToken).ConfigureAwait(false) : [],
                Obstacles = await ObstaclesAsync(dump.Record?.Postgres, maintenance, target, isThere, cancellationToken).ConfigureAwait(false),
            };
        }
    }

    private async Task<IReadOnlyList<string>> ObstaclesAsync(
        PostgresRecord? saved, PostgresMaintenance maintenance, PostgresServer target, bool isThere, CancellationToken cancellationToken)
    {
        var obstacles = new List<string>();
        if (saved is not null && saved.Major is var major && major > maintenance.Version.Major)
            obstacles.Add($"the dump is of PostgreSQL {major}, and {target.ServerDisplay} is PostgreSQL {maintenance.Version.Major}: a dump does not go back to an older version");
        var missing = await maintenance.MissingExtensionsAsync(saved?.Extensions.Keys ?? [], cancellationToken).ConfigureAwait(false);
        if (missing.Count > 0 && !options.Load.IsPartial)
            obstacles.Add($"{target.ServerDisplay} lacks extensions that the database uses: {string.Join(", ", missing.Select(PrintableName.Escape))}");
        if (options.As is not null && isThere) obstacles.Add($"there is a database {Quoted.Text(target.Database)} already on {target.ServerDisplay}");
        if (dump.Format == DumpFormat.Sql && !options.Load.IsPlain) obstacles.Add("SQL is restored as it is: parts of it cannot be chosen, nor owners and rights");
        if (options.As is null && options.Load.IsPartial) obstacles.Add("parts of a dump are restored to a new database only, never in the place of a whole one");
        return obstacles;
    }
}
