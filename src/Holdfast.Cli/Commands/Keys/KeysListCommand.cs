using System.CommandLine;
using Holdfast.Cli.Output;
using Holdfast.Engine.Keys;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Keys;

namespace Holdfast.Cli.Commands.Keys;

/// <summary><c>holdfast keys list</c>: which keys open the repository.</summary>
internal sealed class KeysListCommand : ISessionCommand
{
    public Command Describe() => new("list", "List the keys that open the repository.");

    public async Task<int> RunAsync(Session session, ParseResult arguments, CancellationToken cancellationToken)
    {
        using var repository = await session.OpenRepositoryAsync(cancellationToken);
        var listing = await new KeyWork(repository, session.Identity, session.Clock, session.Screen.Warning).ListAsync(cancellationToken);
        foreach (var key in listing.Readable) session.Screen.Line(Describe(session, key));
        foreach (var damaged in listing.Damaged) session.Screen.Warning(damaged.Why);
        session.Screen.Json(
            new KeyListDocument(
                [.. listing.Readable.Select(key => new KeyDocument(key.Id.ToString(), key.Created?.ToString(), key.UserName, key.HostName, key.IsInUse))],
                [.. listing.Damaged.Select(key => new DamagedKeyDocument(key.Id.ToString(), key.Why))]),
            CliJson.Default.KeyListDocument);
        return listing.Damaged.Count > 0 ? ExitCode.Bad : ExitCode.Done;
    }

    /// <summary>What a key file says of itself is for everybody to write who can reach the storage.</summary>
    internal static string Describe(Session session, StoredKey key)
    {
        var created = key.Created is { } time ? HumanFormat.Time(time.ToDateTimeOffset(), session.Clock.LocalTimeZone) : "at a time unknown";
        return $"{key.Id.Short}  {created}  {Printable.Line(key.UserName)}@{Printable.Line(key.HostName)}{(key.IsInUse ? "  in use" : string.Empty)}";
    }
}
