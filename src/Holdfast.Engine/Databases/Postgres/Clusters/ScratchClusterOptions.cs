using Holdfast.Engine.Files;

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
}
