using Holdfast.Engine.Backups;
using Holdfast.Engine.Manifest;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Backups;

public sealed class BackupHookTests
{
    [Fact]
    public async Task Programs_run_before_around_and_after_in_their_order()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        var hook = new HookScript(scene);

        var result = await scene.BackupAsync(hook.Options());

        Assert.False(result.IsPartial);
        Assert.Equal(["before", "pause", "resume", $"after done {result.SnapshotId}"], hook.Calls);
        Assert.True(result.Moments!.Quiesced);
    }

    [Fact]
    public async Task A_program_before_that_fails_stops_the_backup_and_tells_what_it_said()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        var hook = new HookScript(scene, "if [ $1 = before ]; then echo first; printf 'the disk\\033[2J is gone\\n' >&2; exit 7; fi");

        var failure = await Assert.ThrowsAsync<HoldfastException>(() => scene.BackupAsync(hook.Options()));

        Assert.Equal(["before", "after failed"], hook.Calls);
        Assert.Contains("backup.before[0] (\"./hook\") failed with exit code 7", failure.Message, StringComparison.Ordinal);
        Assert.Contains("is gone", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', failure.Message);
        Assert.Equal(0, await scene.CountAsync(FileType.Snapshot));
    }

    [Fact]
    public async Task A_program_after_that_fails_makes_the_backup_partial_but_not_the_snapshot()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        var hook = new HookScript(scene, "[ $1 != after ]");
        var around = HookScript.Everything with { After = [["./hook", "after"], ["./hook", "last"]] };

        var result = await scene.BackupAsync(hook.Options(around));

        Assert.True(result.IsPartial);
        Assert.Empty(result.Problems);
        Assert.Contains("backup.after[0]", Assert.Single(result.Afterwards), StringComparison.Ordinal);
        Assert.Equal($"last done {result.SnapshotId}", hook.Calls[^1]);
        Assert.DoesNotContain("incomplete", (await scene.OpenAsync(result)).Snapshot.Tags);
    }

    [Fact]
    public async Task What_could_not_be_saved_makes_the_outcome_partial()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        var hook = new HookScript(scene);

        var result = await scene.BackupAsync(hook.Options() with { Targets = [scene.At("app"), scene.At("absent")] });

        Assert.Equal($"after partial {result.SnapshotId}", hook.Calls[^1]);
    }

    [Fact]
    public async Task The_application_goes_on_after_a_pause_that_failed()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        var hook = new HookScript(scene, "[ $1 != pause ]");

        await Assert.ThrowsAsync<HoldfastException>(() => scene.BackupAsync(hook.Options()));

        Assert.Equal(["before", "pause", "resume", "after failed"], hook.Calls);
    }

    [Fact]
    public async Task The_application_goes_on_when_the_repository_fails_in_between()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", SyntheticTree.RandomBytes(1, 40 << 20));
        var hook = new HookScript(scene);
        scene.Backend.Before = (act, handle) =>
        {
            if (act == BackendAct.Write && handle.Type == FileType.Pack) throw new HoldfastException(FailureKind.NoSpace, "full");
        };

        await Assert.ThrowsAsync<HoldfastException>(() => scene.BackupAsync(hook.Options()));

        Assert.Equal(["before", "pause", "resume", "after failed"], hook.Calls);
    }

    [Fact]
    public async Task Interrupted_while_paused_the_application_goes_on_and_the_programs_after_run()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        var hook = new HookScript(scene, "if [ $1 = pause ]; then touch paused; sleep 60; fi");
        using var stop = new CancellationTokenSource();
        var changes = new List<bool>();

        var backup = scene.BackupAsync(hook.Options() with { PauseChanges = changes.Add }, stop.Token);
        await Conditions.Eventually("it is paused", () => File.Exists(scene.Temp["paused"]));
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => backup);
        Assert.Equal(["before", "pause", "resume", "after failed"], hook.Calls);
        Assert.Equal([true, false], changes);
    }

    [Fact]
    public async Task An_application_that_may_still_be_paused_is_told_of_and_stays_noted()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        var hook = new HookScript(scene, "[ $1 != resume ]");
        var changes = new List<bool>();

        var result = await scene.BackupAsync(hook.Options() with { PauseChanges = changes.Add });

        Assert.Contains("may still be paused", Assert.Single(result.Afterwards), StringComparison.Ordinal);
        Assert.Equal([true], changes);
        Assert.Equal($"after partial {result.SnapshotId}", hook.Calls[^1]);
    }

    [Fact]
    public async Task A_program_that_takes_too_long_is_ended()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        var hook = new HookScript(scene, "sleep 600");

        var failure = await Assert.ThrowsAsync<HoldfastException>(
            () => scene.BackupAsync(hook.Options(new BackupDeclaration { Before = [["./hook", "before"]], Timeout = TimeSpan.FromMilliseconds(1200) })));

        Assert.Contains("not done within 1.2 s", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named_and_none_is_taken_from_the_current_folder()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        var hook = new HookScript(scene);

        var failure = await Assert.ThrowsAsync<HoldfastException>(
            () => scene.BackupAsync(hook.Options(new BackupDeclaration { Before = [["hook", "bare"]] })));

        Assert.Contains("there is no program \"hook\"", failure.Message, StringComparison.Ordinal);
        Assert.Empty(hook.Calls);
    }

    [Fact]
    public async Task Programs_find_what_the_options_say_in_their_environment()
    {
        using var scene = await BackupScene.CreateAsync();
        scene.Write("app/file", "x");
        var hook = new HookScript(scene, "pwd >> calls; echo \"[$PATH_OF_NOTHING]\" >> calls");
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["PATH_OF_NOTHING"] = null };

        await scene.BackupAsync(hook.Options(new BackupDeclaration { Before = [["./hook", "a b"]] }) with { ProgramEnvironment = environment });

        Assert.Equal(["a b", scene.Temp.Path, "[]"], hook.Calls);
    }
}
