using Holdfast.Bench.Databases;
using Holdfast.Restic.Failures;
using Microsoft.Data.Sqlite;

namespace Holdfast.Bench;

/// <summary>One sub-command a job; each prints what it did as one line.</summary>
internal static class BenchCommandLine
{
    private const string Usage = """
        usage: Holdfast.Bench COMMAND
          generate FILE [--size 1GiB] [--seed 1]                     a realistic SQLite database
          change FILE [--percent 1] [--seed 2]                       changes that share of its pages at random, in place
          generate-sparse FILE [--size 20GiB] [--rows 1GiB] [--seed 1]  a large database that takes little disk
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            var options = BenchOptions.Parse(arguments);
            var report = await RunAsync(options);
            options.RejectUnused();
            Console.WriteLine(report);
            return 0;
        }
        catch (UsageException wrong)
        {
            await Console.Error.WriteLineAsync(wrong.Message.Length == 0 ? Usage : wrong.Message + Environment.NewLine + Usage);
            return 2;
        }
        catch (Exception failure) when (failure is HoldfastException or SqliteException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return 1;
        }
    }

    private static Task<string> RunAsync(BenchOptions options) => options.Command switch
    {
        "generate" => Task.FromResult(Generate(options)),
        "change" => Task.FromResult(Change(options)),
        "generate-sparse" => Task.FromResult(GenerateSparse(options)),
        _ => throw new UsageException(string.Empty),
    };

    private static string Generate(BenchOptions options)
    {
        var result = AppDatabase.Generate(options.File, options.Size("--size", "1GiB"), options.Seed("1"));
        return FormattableString.Invariant($"{result.Pages} pages, {result.Rows} rows, {result.Elapsed.TotalSeconds:F1} s");
    }

    private static string Change(BenchOptions options)
    {
        var result = PageChange.Execute(options.File, options.Number("--percent", "1"), options.Seed("2"));
        return FormattableString.Invariant(
            $"{result.ChangedPages} of {result.Pages} pages changed ({100.0 * result.ChangedPages / result.Pages:F2} %) by {result.Updates} updates");
    }

    private static string GenerateSparse(BenchOptions options)
    {
        var size = options.Size("--size", "20GiB");
        var rows = AppDatabase.Generate(options.File, options.Size("--rows", "1GiB"), options.Seed("1"));
        var pages = FreePages.Append(options.File, size);
        return FormattableString.Invariant($"{pages} pages, {rows.Pages} of them in use by {rows.Rows} rows, the others free");
    }
}
