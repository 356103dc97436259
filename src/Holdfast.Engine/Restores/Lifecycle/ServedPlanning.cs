using Holdfast.Engine.Backups;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Served;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Engine.Restores.Lifecycle;

/// <summary>Which databases of servers a restore of an application brings back: those of the snapshot that the manifest names, since only that says where they are.</summary>
/// <param name="manifest">Null without one.</param>
/// <param name="snapshot">What is restored.</param>
/// <param name="request">What is asked for.</param>
/// <param name="clock">For programs that tell passwords.</param>
internal sealed class ServedPlanning(LoadedManifest? manifest, StoredSnapshot snapshot, RestoreRequest request, TimeProvider clock)
{
    private IReadOnlyList<ServedDatabaseDeclaration> Declared => manifest?.Application.ServedDatabases ?? [];

    /// <summary>What comes back, and what goes away.</summary>
    internal IReadOnlyList<ServedTarget> Targets(RestorePlan plan) =>
    [
        .. plan.Served.SelectMany(item => Declared.Where(database => database.Name == item.Record.Name).Take(1).Select(database => new ServedTarget(database.Name, database.Address, item))),
        .. Declared.Where(database => request.RemoveDatabases.Contains(database.Name) && plan.Served.All(item => item.Record.Name != database.Name))
            .Select(database => new ServedTarget(database.Name, database.Address, null)),
    ];

    /// <summary>The same as they are now, to be saved before.</summary>
    internal IReadOnlyList<ServedDatabase> Present(RestorePlan plan)
    {
        var names = Targets(plan).Select(target => target.Name).ToHashSet(StringComparer.Ordinal);
        return [.. Declared.Where(database => names.Contains(database.Name)).Select(database => new ServedDatabase(database.Name, database.Address, database.ExpectTables, database.Assertions))];
    }

    /// <summary>What is left alone, one sentence each.</summary>
    internal IEnumerable<string> Notices(RestorePlan plan) => plan.Served
        .Where(item => Declared.All(database => database.Name != item.Record.Name))
        .Select(item => PrintableName.Escape(item.Record.Name))
        .Select(name => $"the PostgreSQL database {name} is not restored, because no manifest says in which server it is: `holdfast db restore {name} --server CONNECTION` does that");

    /// <summary>Looks at the servers.</summary>
    /// <returns>What will be done there, and why it cannot be.</returns>
    internal async Task<(IReadOnlyList<ServedRestorePlan> Plans, IReadOnlyList<string> Obstacles)> PlanAsync(RestorePlan plan, CancellationToken cancellationToken)
    {
        var (plans, obstacles) = (new List<ServedRestorePlan>(), new List<string>());
        foreach (var target in Targets(plan).Where(target => target.Item is not null))
        {
            try
            {
                var planner = new ServedPlanner(DumpDescription.Of(target.Item!, snapshot), ServedStaging.Options(target, request.EndConnections), clock);
                var one = await planner.PlanAsync(cancellationToken).ConfigureAwait(false);
                plans.Add(one);
                obstacles.AddRange(one.Obstacles);
                if (one.Space is { IsMet: false } space) obstacles.Add(space.ToString());
            }
            catch (HoldfastException error)
            {
                obstacles.Add($"the database {PrintableName.Escape(target.Name)}: {error.Message}");
            }
        }

        return (plans, obstacles);
    }
}
