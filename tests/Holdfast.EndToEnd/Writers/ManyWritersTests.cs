using System.Collections.Concurrent;
using System.Globalization;
using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Writers;

/// <summary>
/// Several processes of ours and of restic save different folders into one repository at the same time, while one forgets and prunes, some are
/// killed, and one has a wrong clock, so that its locks are taken for stale and removed. Afterwards everything that is there restores.
/// </summary>
public sealed class ManyWritersTests : WorkplaceTests
{
    private readonly ConcurrentBag<WriterFolder> _folders = [];
    private readonly ConcurrentQueue<string> _surprises = [];
    private int _done;
    private int _locked;
    private int _failed;
    private int _killed;
    private int _pruned;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_writers_do_to_each_other_what_is_there_restores()
    {
        RealComponent.Require("restic");
        var faketime = RealComponent.Require("faketime");
        var seed = Setting("HOLDFAST_MANY_WRITERS_SEED", Environment.TickCount);
        var length = TimeSpan.FromSeconds(Setting("HOLDFAST_MANY_WRITERS_SECONDS", 20));
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var writers = Task.WhenAll(
            WriteAsync("ours", seed + 1, Ours(), canBeKilled: false, stop.Token),
            WriteAsync("killed", seed + 2, Ours(), canBeKilled: true, stop.Token),
            WriteAsync("slow-clock", seed + 3, Ours(faketime, "-f", "-2h"), canBeKilled: false, stop.Token),
            WriteAsync("restic", seed + 4, (folder, tag) => Place.Restic.Start("backup", "--quiet", "--tag", tag, folder), canBeKilled: false, stop.Token),
            WriteAsync("killed-restic", seed + 5, (folder, tag) => Place.Restic.Start("backup", "--quiet", "--tag", tag, folder), canBeKilled: true, stop.Token));
        var pruner = PruneAsync(new Random(seed), writers);
        await EndAsync(length, stop);
        await Task.WhenAll(writers, pruner);

        var what = string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {_done} saved, {_locked} locked out, {_failed} failed, {_killed} killed, {_pruned} pruned");
        TestContext.Current.SendDiagnosticMessage(what);
        Assert.True(_surprises.IsEmpty, $"{what}\n{string.Join('\n', _surprises)}");
        Assert.True(_done > 3 && _pruned > 0, what);
        await ExpectWholeAsync(what);
    }

    /// <summary>On a busy machine it takes longer until the writers have done something.</summary>
    private async Task EndAsync(TimeSpan length, CancellationTokenSource stop)
    {
        try
        {
            await Task.Delay(length, Token);
            await Conditions.Eventually("the writers have saved something", () => Volatile.Read(ref _done) > 3 || !_surprises.IsEmpty);
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    /// <summary>Backups of a host of its own: each has its own local state.</summary>
    private Func<string, string, RunningProcess> Ours(params string[] before)
    {
        var state = Directory.CreateDirectory(Place["states", Guid.NewGuid().ToString("N")]).FullName;
        var variables = new Dictionary<string, string?>(Place.Holdfast.Variables, StringComparer.Ordinal) { ["HOLDFAST_STATE"] = state };
        string[] command = [.. before, .. HoldfastProgram.Command];
        return (folder, tag) => RunningProcess.Start(command[0], [.. command.Skip(1), "backup", folder, "--tag", tag, "--wait", "5"], variables);
    }

    private async Task WriteAsync(string name, int seed, Func<string, string, RunningProcess> start, bool canBeKilled, CancellationToken stop)
    {
        var folder = new WriterFolder(name, Place[name], seed);
        var random = new Random(seed);
        _folders.Add(folder);
        while (!stop.IsCancellationRequested)
        {
            // Exclusive work needs moments in which nobody writes.
            await Task.Delay(random.Next(6000), Token);
            await using var backup = start(folder.Path, folder.Change());
            if (canBeKilled && random.Next(2) == 0)
            {
                await Task.Delay(random.Next(200, 2500), Token);
                if (!backup.HasExited) Interlocked.Increment(ref _killed);
                backup.Kill();
                continue;
            }

            var ended = await backup.WaitForExitAsync();
            Count(name, ended);
        }
    }

    private void Count(string name, ProgramResult ended)
    {
        // restic before 0.17 has one code for all that can go wrong.
        var isLocked = ended.ExitCode == 11 || (ended.ExitCode == 1 && ended.Error.Contains("already locked", StringComparison.Ordinal));
        // Its lock is removed under it: it may come upon the holes that a prune made meanwhile.
        var mayFail = name == "slow-clock" && ended.ExitCode == 1;
        if (ended.ExitCode == 0) Interlocked.Increment(ref _done);
        else if (isLocked) Interlocked.Increment(ref _locked);
        else if (mayFail) Interlocked.Increment(ref _failed);
        else _surprises.Enqueue(ended.ToString());
    }

    /// <summary>As long as there are writers, who may leave it no moment, and then alone until it has succeeded.</summary>
    private async Task PruneAsync(Random random, Task writers)
    {
        while (!(writers.IsCompleted && _pruned > 0) && _surprises.IsEmpty)
        {
            var isAlone = writers.IsCompleted;
            await Task.Delay(random.Next(200, 1000), Token);
            // Of the killed ones, and of those that a slow clock makes look forgotten.
            (await Place.Holdfast.TryRunAsync("unlock")).Expect(0);
            var snapshots = Directory.GetFiles(Path.Combine(Place.Repository, "snapshots")).Select(Path.GetFileName).OfType<string>().Where(file => file.Length == 64).ToList();
            if (snapshots.Count > 3)
            {
                var forgotten = await Place.Holdfast.TryRunAsync("forget", snapshots[random.Next(snapshots.Count)], "--force", "--yes", "--wait", "10");
                if (forgotten.ExitCode is not (0 or 11)) _surprises.Enqueue(forgotten.ToString());
            }

            await using var prune = Place.Holdfast.Start("prune", "--max-unused", "0", "--no-snapshots", "--wait", "10");
            if (random.Next(4) == 0)
            {
                await Task.Delay(random.Next(300, 1500), Token);
                prune.Kill();
                continue;
            }

            var ended = await prune.WaitForExitAsync();
            if (ended.ExitCode == 0) _pruned++;
            else if (ended.ExitCode != 11 || isAlone) _surprises.Enqueue(ended.ToString());
        }
    }

    private async Task ExpectWholeAsync(string what)
    {
        (await Place.Holdfast.TryRunAsync("unlock")).Expect(0);
        // What a writer left that was stopped half way: nothing of it may be needed.
        (await Place.Holdfast.TryRunAsync("prune", "--max-unused", "0", "--no-snapshots")).Expect(0);
        Assert.Empty(Directory.GetFiles(Path.Combine(Place.Repository, "locks")));
        await Place.Restic.RunAsync("check", "--read-data");
        await Place.Holdfast.RunAsync("check");
        foreach (var snapshot in (await Place.Restic.RunAsync("snapshots", "--json")).Json().EnumerateArray())
        {
            var (id, tag) = (snapshot.GetProperty("id").GetString()!, snapshot.GetProperty("tags")[0].GetString()!);
            var folder = _folders.Single(one => one.StateOf(tag) is not null);
            var target = Place["restored", tag];
            if (tag.GetHashCode(StringComparison.Ordinal) % 2 == 0) await Place.Restic.RunAsync("restore", id, "--target", target);
            else await Place.Holdfast.RunAsync("restore", id, "--target", target);
            Assert.True(folder.StateOf(tag)!.OrderBy(file => file.Key, StringComparer.Ordinal).SequenceEqual(WriterFolder.Contents(target + folder.Path).OrderBy(file => file.Key, StringComparer.Ordinal)), $"{tag} is another; {what}");
        }
    }
}
