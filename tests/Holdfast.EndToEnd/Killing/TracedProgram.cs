using System.Diagnostics;
using System.Runtime.InteropServices;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Killing;

/// <summary>
/// Runs the real program under strace, counts the system calls that change something below given folders, and kills the program at the entry of one.
/// The count is over the whole run: strace's own <c>signal=KILL:when=N</c> counts for every thread and every call by itself, and so cannot reach each
/// instant. Instead strace holds every such call for a moment at its entry, before it has done anything, and the kill comes while it is held.
/// </summary>
internal sealed partial class TracedProgram(HoldfastProgram program, params string[] folders)
{
    private const int KillSignal = 9;
    private const int HeldMicroseconds = 2000;

    // Most files are opened to be read, a thousand in a run, and strace cannot hold those alone that are made.
    private const int HeldOpenMicroseconds = 500;

    private const string Changing =
        "write,pwrite64,writev,pwritev,pwritev2,rename,renameat,renameat2,link,linkat,symlink,symlinkat,fsync,fdatasync,sync_file_range,syncfs,"
        + "unlink,unlinkat,rmdir,truncate,ftruncate,fallocate,copy_file_range,mkdir,mkdirat,mknod,mknodat,chmod,fchmod,fchmodat,chown,fchown,lchown,"
        + "fchownat,utimensat,setxattr,lsetxattr,fsetxattr";

    public string WorkingDirectory { get; init; } = string.Empty;

    /// <summary>Runs it to its end, or kills it at the entry of the given call (1 is the first).</summary>
    public Task<TracedRun> RunAsync(int? killAt, params string[] arguments) => RunAsync(calls => calls.Count == killAt, arguments);

    /// <summary>Runs it and kills it at the entry of the first call of which this is true, given all so far.</summary>
    public async Task<TracedRun> RunAsync(Predicate<IReadOnlyList<string>> isMoment, params string[] arguments)
    {
        var strace = RealComponent.Require("strace");
        // The trace has the pipe for itself: what the program prints goes with its errors.
        var start = new ProcessStartInfo("sh", ["-c", "exec \"$@\" 3>&1 1>&2", "sh", strace, "-o", "/dev/fd/3", .. Options(), .. HoldfastProgram.Command, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = WorkingDirectory,
        };
        foreach (var (name, value) in program.Variables)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }

        // What the runtime itself does in folders of its own has nothing to do with the program.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var process = Process.Start(start)!;
        await using var stop = TestContext.Current.CancellationToken.Register(() => process.Kill(entireProcessTree: true));
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var counter = new CallCounter(folders, isMoment, id => Assert.Equal(0, SendSignal(id, KillSignal)));
        // A thread of its own, blocked on the pipe, is there at once when a call is held.
        await Task.Factory.StartNew(() => counter.Read(process.StandardOutput.BaseStream), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await process.WaitForExitAsync(CancellationToken.None);
        TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        var result = new ProgramResult($"holdfast {string.Join(' ', arguments)}", process.ExitCode, [], await error);
        if (counter.Lines == 0) RealComponent.Missing($"strace cannot trace here: {result.Error.Trim()}");
        return new TracedRun(counter.Calls, counter.WasKilled, counter.WasTooLate, result);
    }

    private static IEnumerable<string> Options() =>
        ["-f", "-qq", "--seccomp-bpf", "-y", "-s", "8", "-e", $"trace=openat,{Changing}", "-e", $"inject={Changing}:delay_enter={HeldMicroseconds}", "-e", $"inject=openat:delay_enter={HeldOpenMicroseconds}"];

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}

/// <summary>What a traced run did.</summary>
/// <param name="Calls">The calls that changed something below the folders, as strace words their entry, in order.</param>
/// <param name="WasKilled">Whether it was killed; a run may end before it reaches the call.</param>
/// <param name="WasTooLate">Whether that call was carried out nevertheless: then the kill came just after it.</param>
/// <param name="Program">Its exit code and what it said.</param>
internal sealed record TracedRun(IReadOnlyList<string> Calls, bool WasKilled, bool WasTooLate, ProgramResult Program)
{
    /// <summary>Whether to look at everything. Of a hundred writes in a row one is as good as another: those in the middle are looked at less closely.</summary>
    public bool IsThorough { get; init; } = true;
}
