namespace Holdfast.Bench.Peers;

/// <param name="Program">The holdfast program.</param>
/// <param name="Work">Where databases and repositories are made.</param>
/// <param name="Results">The page to write.</param>
/// <param name="Size">Bytes of the database that all are measured with.</param>
/// <param name="SparseSize">Bytes of the large database for the memory; 0 leaves it out.</param>
/// <param name="SparseRows">Bytes of rows in it.</param>
/// <param name="Runs">How often each job is done.</param>
/// <param name="WriterRounds">Backups during which a writer writes; 0 leaves it out.</param>
internal sealed record PeersOptions(
    string Program, string Work, string Results, long Size, long SparseSize, long SparseRows, int Runs, int WriterRounds)
{
    public static PeersOptions From(BenchOptions options)
    {
        var root = RepositoryRoot();
        var size = options.Size("--size", "1GiB");
        return new(
            Path.Combine(root, "holdfast"),
            Path.GetFullPath(options.Text("--work", Path.Combine(root, "bench", "work"))),
            Path.GetFullPath(options.Text("--results", Path.Combine(root, "bench", "RESULTS.md"))),
            size,
            options.Size("--sparse", "20GiB"),
            size,
            (int)options.Number("--runs", "3"),
            (int)options.Number("--writer-rounds", "6"));
    }

    /// <summary>What the work directory must have room for: six copies of the database, three of the rows of the large one, and repositories.</summary>
    public long NeededBytes => (Size * 8) + (SparseSize > 0 ? SparseRows * 3 : 0);

    private static string RepositoryRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Holdfast.slnx"))) return directory.FullName;
        }

        throw new UsageException("run it from a build inside the repository");
    }
}
