using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;

namespace Holdfast.Cli.Commands;

/// <summary>Says in words which other processes have a database open.</summary>
internal static class DatabaseHolders
{
    internal static string? Describe(string path)
    {
        if (FileSystem.TryStatus(FilePath.From(path), followLinks: true) is not { } status) return null;
        var users = OpenFileUsers.Find([status.Identity], CancellationToken.None).Users;
        return users.Count == 0 ? null : string.Join(", ", users.Select(user => $"{user.Command} ({user.ProcessId})").Distinct());
    }
}
