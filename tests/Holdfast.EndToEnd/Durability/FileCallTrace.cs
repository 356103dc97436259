using System.Text.RegularExpressions;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Durability;

/// <summary>
/// What a run of the real program did to files, in order, as strace saw it. A call counts as done before another when it had returned before
/// the other was entered.
/// </summary>
internal sealed partial class FileCallTrace
{
    private const string Traced =
        "openat,write,writev,pwrite64,pwritev,pwritev2,ftruncate,fallocate,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mkdir,mkdirat,"
        + "unlink,unlinkat,rmdir,fsync,fdatasync,syncfs,exit_group";

    private FileCallTrace(IReadOnlyList<FileCall> calls) => Calls = calls;

    /// <summary>In the order in which they were entered.</summary>
    public IReadOnlyList<FileCall> Calls { get; }

    /// <summary>The end of the program, with exit code 0.</summary>
    public FileCall Exit => Assert.Single(Calls, call => call is { Name: "exit_group", Arguments: "0" });

    /// <summary>Runs the program to its end and expects exit code 0.</summary>
    public static async Task<FileCallTrace> OfAsync(HoldfastProgram program, string? workingDirectory, params string[] arguments)
    {
        var strace = RealComponent.Require("strace");
        using var temp = new TempDirectory();
        var environment = new Dictionary<string, string?>(program.Variables, StringComparer.Ordinal) { ["DOTNET_EnableDiagnostics"] = "0" };
        var options = new[] { "-f", "-qq", "--seccomp-bpf", "-y", "-s", "8", "-o", temp["trace"], "-e", $"trace={Traced}" };
        var result = await RunningProcess.RunAsync(strace, [.. options, .. HoldfastProgram.Command, .. arguments], environment, workingDirectory);
        var lines = File.Exists(temp["trace"]) ? await File.ReadAllLinesAsync(temp["trace"], TestContext.Current.CancellationToken) : [];
        if (lines.Length == 0) RealComponent.Missing($"strace cannot trace here: {result.Error.Trim()}");
        result.Expect(0);
        return new FileCallTrace(Parse(lines));
    }

    /// <summary>The successful renames to names for which <paramref name="isWanted"/> holds.</summary>
    public IReadOnlyList<FileCall> RenamesTo(Predicate<string> isWanted) =>
        [.. Calls.Where(call => call is { Name: "rename", Succeeded: true } && isWanted(call.Paths[^1]))];

    /// <summary>Expects that all a file has been given was synced before a call.</summary>
    public void ExpectContentDurable(FileCall rename, FileCall before)
    {
        var names = new[] { rename.Paths[0], rename.Paths[^1] };
        var creation = Assert.Single(Calls, call => call is { IsCreation: true, IsExclusive: true, Succeeded: true } && Is(call.Paths[0], names[0]));
        var writes = Calls.Where(call => call.IsWrite && names.Contains(call.Paths[0], StringComparer.Ordinal) && call.Start < before.Start)
            .Append(creation);
        ExpectBetween(writes.MaxBy(call => call.End)!, before, call => names.Any(call.IsSyncOf));
    }

    /// <summary>Expects that the folder in which a name was made or removed was synced after that and before a call.</summary>
    public void ExpectNameDurable(FileCall change, FileCall before)
    {
        var folder = Path.GetDirectoryName(change.NewName ?? change.LostName)!;
        ExpectBetween(change, before, call => call.IsSyncOf(folder));
    }

    /// <summary>Expects that every name below a folder that was made before a call, and not taken away again, was durable at that call.</summary>
    public void ExpectNamesDurable(string below, FileCall before)
    {
        // An open that may find a file is left out: only SQLite does that, and it syncs what it must.
        var names = Calls
            .Where(call => call.Succeeded && call.End < before.Start && call.NewName?.StartsWith(below + "/", StringComparison.Ordinal) == true)
            .Where(call => !call.IsCreation || call.IsExclusive)
            .Where(call => !Calls.Any(later => later.Succeeded && later.Start > call.End && later.Start <= before.Start && Is(later.LostName, call.NewName)))
            .ToList();
        Assert.NotEmpty(names);
        foreach (var name in names) ExpectNameDurable(name, before);
    }

    private static bool Is(string? name, string? other) => string.Equals(name, other, StringComparison.Ordinal);

    private void ExpectBetween(FileCall after, FileCall before, Predicate<FileCall> isSync) =>
        Assert.True(
            Calls.Any(call => call.Succeeded && call.Start > after.End && call.End < before.Start && (call.IsWholeSync || isSync(call))),
            $"nothing was synced between\n{after}\nand\n{before}");

    private static List<FileCall> Parse(string[] lines)
    {
        var calls = new List<FileCall>();
        var open = new Dictionary<string, (string Name, string Arguments, int Start)>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Length; i++)
        {
            if (Whole().Match(lines[i]) is { Success: true } whole)
            {
                calls.Add(FileCall.Of(whole.Groups["name"].Value, whole.Groups["arguments"].Value, whole.Groups["result"].Value, i, i));
            }
            else if (Unfinished().Match(lines[i]) is { Success: true } begin)
            {
                open[begin.Groups["process"].Value] = (begin.Groups["name"].Value, begin.Groups["arguments"].Value, i);
            }
            else if (Resumed().Match(lines[i]) is { Success: true } end && open.Remove(end.Groups["process"].Value, out var begun))
            {
                calls.Add(FileCall.Of(begun.Name, begun.Arguments + end.Groups["arguments"].Value, end.Groups["result"].Value, begun.Start, i));
            }
        }

        calls.AddRange(open.Values.Select(call => FileCall.Of(call.Name, call.Arguments, string.Empty, call.Start, int.MaxValue)));
        return [.. calls.OrderBy(call => call.Start)];
    }

    [GeneratedRegex(@"^[0-9]+ +(?<name>[a-z0-9_]+)\((?<arguments>.*)\) += (?<result>.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Whole();

    [GeneratedRegex(@"^(?<process>[0-9]+) +(?<name>[a-z0-9_]+)\((?<arguments>.*) <unfinished \.\.\.>$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"^(?<process>[0-9]+) +<\.\.\. [a-z0-9_]+ resumed>(?<arguments>.*)\) += (?<result>.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Resumed();
}
