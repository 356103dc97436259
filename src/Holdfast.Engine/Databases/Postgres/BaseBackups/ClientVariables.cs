namespace Holdfast.Engine.Databases.Postgres.BaseBackups;

/// <summary>
/// libpq takes what it is not told from the environment of this process: a variable such as PGHOSTADDR would lead it to another server. So they are
/// removed from what native code sees of the environment, all but those of the password; managed code and programs that are started have a copy.
/// </summary>
internal static class ClientVariables
{
    private static readonly Lazy<int> _removed = new(RemoveAll);

    /// <summary>Does it once in a process.</summary>
    internal static void Remove() => _ = _removed.Value;

    private static int RemoveAll()
    {
        var names = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("PG", StringComparison.Ordinal) && name is not ("PGPASSWORD" or "PGPASSFILE"))
            .ToList();
        foreach (var name in names) _ = LibPq.UnsetVariable(name);
        return names.Count;
    }
}
