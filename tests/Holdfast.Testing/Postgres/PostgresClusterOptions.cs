namespace Holdfast.Testing.Postgres;

/// <summary>How a cluster is made.</summary>
public sealed record PostgresClusterOptions
{
    /// <summary>Pages carry checksums (<c>initdb --data-checksums</c>).</summary>
    public bool Checksums { get; init; }

    /// <summary>Settings on top of those of the tests, as postgresql.conf has them.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Lines before the usual ones of pg_hba.conf. Without them every local user may be any role over the socket, and connections over TCP need a
    /// password, also for replication.
    /// </summary>
    public IReadOnlyList<string> AccessRules { get; init; } = [];
}
