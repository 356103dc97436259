using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;

namespace Holdfast.Engine.Databases.Postgres.Clusters;

/// <summary>What a scratch cluster is made of.</summary>
public sealed record ScratchClusterOptions
{
    /// <summary>Its major version; programs of another one are no substitute.</summary>
    public required int Major { get; init; }

    public required PostgresTools Tools { get; init; }

    public required ClusterAccount Account { get; init; }

    /// <summary>An empty private folder that the account can get to. It is given to the account, and whoever made it removes it.</summary>
    public required FilePath Folder { get; init; }

    /// <summary>What the server says. In a folder where the account cannot put anything in its place.</summary>
    public required FilePath Log { get; init; }

    /// <summary>Where its files are.</summary>
    internal FilePath DataDirectory => Folder.Combine("data");

    /// <summary>Runs a program of its version as the account.</summary>
    /// <exception cref="Restic.Failures.HoldfastException">NotFound: it is not installed.</exception>
    internal Task<ChildProcessResult> RunAsync(string program, IEnumerable<string> arguments, TimeProvider clock, CancellationToken cancellationToken)
    {
        var words = Account.CommandLine(Tools.RequireExactly(program, Major), arguments);
        return new ChildProcess(clock).RunAsync(
            new ChildProcessOptions { Program = words[0], Arguments = [.. words.Skip(1)], Environment = ClusterSettings.Environment(), WorkingDirectory = "/" },
            cancellationToken);
    }
}
