using System.Globalization;
using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Databases.Postgres.Clusters;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Clusters;

/// <summary>What stands in the way of the restore of a cluster.</summary>
internal sealed class ClusterObstacles(ClusterRestoreOptions options, PostgresTools tools)
{
    private const string ProcessFile = "postmaster.pid";

    internal IEnumerable<string> Of(DatabaseRecord record, IReadOnlyList<ClusterRestoreTablespace> tablespaces, long bytes, ClusterAccount account)
    {
        foreach (var why in Programs(record.Postgres!)) yield return why;
        foreach (var unknown in options.Tablespaces.Keys.Except(tablespaces.Select(space => space.From), StringComparer.Ordinal))
            yield return $"no tablespace was at {Quoted.Text(unknown)}; there were: {(tablespaces.Count == 0 ? "none" : string.Join(", ", tablespaces.Select(space => Quoted.Text(space.From))))}";
        foreach (var folder in tablespaces.Select(space => space.To).Prepend(options.Target))
        {
            Destinations.RefuseInside(folder, options.Forbidden);
            if (Parent(folder, account) is { } why) yield return why;
        }

        if (Target() is { } occupied) yield return occupied;
        foreach (var space in tablespaces.Where(space => !IsFree(space.To)))
            yield return $"the folder \"{space.To.Display}\" of the tablespace {PrintableName.Escape(space.Name ?? space.From)} is not empty: give another one with --tablespace {PrintableName.Escape(space.From)}=FOLDER";
        if (FileSystem.Exists(options.Target.Parent!) && SpaceDemand.At(options.Target.Parent!, bytes) is { IsMet: false } room) yield return room.ToString();
    }

    /// <summary>There is nothing, or an empty folder.</summary>
    internal static bool IsFree(FilePath folder) =>
        FileSystem.TryStatus(folder, followLinks: false) is not { } status || (status.IsDirectory && DirectoryListing.Read(folder).Count == 0);

    private IEnumerable<string> Programs(PostgresRecord details)
    {
        string? why = null;
        try
        {
            RestoredDataDirectory.RequirePrograms(tools, details.Major);
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.NotFound)
        {
            why = string.Create(CultureInfo.InvariantCulture, $"the cluster is of PostgreSQL {details.Major}, whose files no other version reads: {error.Message}; {error.Hint}");
        }

        if (why is not null) yield return why;
    }

    private static string? Parent(FilePath folder, ClusterAccount account)
    {
        if (folder.Parent is not { } parent || FileSystem.TryStatus(parent, followLinks: true) is not { IsDirectory: true })
            return $"there is no folder \"{folder.Parent?.Display}\" for \"{folder.Display}\" to be in: make it";
        return account.CanEnter(parent) ? null : $"the account {account.Name}, which will own \"{folder.Display}\", cannot get into \"{parent.Display}\"";
    }

    private string? Target()
    {
        if (IsFree(options.Target)) return null;
        if (FileSystem.TryStatus(options.Target, followLinks: false) is not { IsDirectory: true } || RestoredDataDirectory.VersionOf(options.Target) is null)
            return $"\"{options.Target.Display}\" is there, and is no data directory of PostgreSQL: name an empty or new folder";
        if (Server() is { } process)
            return string.Create(CultureInfo.InvariantCulture, $"a server runs on \"{options.Target.Display}\" (process {process}): stop it");
        return options.Replace ? null : $"\"{options.Target.Display}\" is a data directory: give --replace, and it is kept under another name; or name a new folder";
    }

    // The first line is the number of its process; a server that was killed leaves the file behind.
    private int? Server()
    {
        const int Longest = 4096;
        var file = options.Target.Combine(ProcessFile);
        if (FileSystem.TryStatus(file, followLinks: false) is not { IsFile: true, Size: < Longest }) return null;
        var line = FileSystem.ReadAllText(file, Longest).Split('\n')[0].Trim();
        return int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && ProcessTable.Find(id) is not null ? id : null;
    }
}
