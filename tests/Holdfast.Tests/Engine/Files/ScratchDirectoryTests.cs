using Holdfast.Engine.Files;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Files;

public sealed class ScratchDirectoryTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private FilePath Root => FilePath.From(_temp.Path);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Is_private_and_goes_away()
    {
        FilePath path;
        await using (var scratch = ScratchDirectory.Create(Root.Combine("new").Combine("parent")))
        {
            path = scratch.Path;
            Assert.Equal(0x41C0u, FileSystem.Status(path, followLinks: false).Mode);
            SyntheticTree.Awkward(path.ToString());
        }

        Assert.False(FileSystem.Exists(path));
    }

    [Fact]
    public void Leftovers_of_dead_processes_are_removed_and_nothing_else()
    {
        using var mine = ScratchDirectory.Create(Root);
        var dead = Root.Combine("holdfast-scratch-4194303-1-0123abcd");
        var reused = Root.Combine($"holdfast-scratch-{Environment.ProcessId}-1-0123abcd");
        FileSystem.CreateDirectories(dead.Combine("content"));
        FileSystem.CreateDirectories(reused);
        FileSystem.CreateDirectories(Root.Combine("holdfast-scratch-of-the-user"));
        _temp.WriteFile("holdfast-scratch-4194303-1-ffffffff", "a file");

        var removed = ScratchDirectory.RemoveLeftovers(Root);

        Assert.Equal(new[] { dead, reused }.Order(), removed.Order());
        Assert.False(FileSystem.Exists(dead));
        Assert.True(FileSystem.Exists(mine.Path));
        Assert.True(FileSystem.Exists(Root.Combine("holdfast-scratch-of-the-user")));
        Assert.True(FileSystem.Exists(Root.Combine("holdfast-scratch-4194303-1-ffffffff")));
        Assert.Empty(ScratchDirectory.RemoveLeftovers(Root.Combine("absent")));
    }

    [Fact]
    public async Task One_whose_lock_is_held_stays_although_its_owner_cannot_be_seen()
    {
        var foreign = _temp.CreateDirectory("holdfast-scratch-4194303-1-0123abcd");
        await using (var holder = RunningProcess.Start(RealComponent.Require("flock"), [foreign, "sh", "-c", "echo held; exec sleep 60"]))
        {
            await holder.WaitForLineAsync(line => line == "held");
            Assert.Empty(ScratchDirectory.RemoveLeftovers(Root));
        }

        Assert.Single(ScratchDirectory.RemoveLeftovers(Root));
    }

    [Fact]
    public async Task A_process_is_known_by_its_start()
    {
        ProcessIdentity child;
        await using (var process = RunningProcess.Start("sleep", ["60"]))
        {
            child = ProcessIdentity.Of(process.Id)!.Value;
            Assert.True(child.IsAlive());
            Assert.False((child with { StartTicks = child.StartTicks + 1 }).IsAlive());
        }

        Assert.False(child.IsAlive());
        Assert.True(ProcessIdentity.Current().IsAlive());
    }
}
