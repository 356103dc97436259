using Holdfast.Engine.Files;

namespace Holdfast.Engine.Processes;

/// <summary>Says in words which other processes have a database open.</summary>
public static class DatabaseHolders
{
    /// <returns>Names and numbers of the processes; null when there are none or the file is not there.</returns>
    public static string? Describe(string path)
    {
        if (FileSystem.TryStatus(FilePath.From(path), followLinks: true) is not { } status) return null;
        var users = OpenFileUsers.Find([status.Identity], CancellationToken.None).Users;
        return users.Count == 0 ? null : string.Join(", ", users.Select(user => $"{user.Command} ({user.ProcessId})").Distinct());
    }
}
