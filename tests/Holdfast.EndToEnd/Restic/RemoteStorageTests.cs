using Holdfast.Restic.Backends;
using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Backends.Rest;
using Holdfast.Restic.Backends.Sftp;
using Holdfast.Restic.Failures;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restic;

/// <summary>Repositories on real servers, used by Holdfast and restic in turn under the same address.</summary>
public sealed class RemoteStorageTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Rest_storage()
    {
        await using var server = await RcloneServer.StartAsync(new RcloneOptions { User = "me", Password = "secret word" });
        foreach (var direction in new[] { UseOursWithResticAsync, UseResticsAsync })
        {
            var address = server.Address(direction.Method.Name, "me:secret%20word@");
            using var backend = Connect(address);
            await direction(backend, ResticProgram.On(address, OwnRepository.Passphrase));
        }
    }

    [Fact]
    public async Task Sftp_storage()
    {
        await using var server = await SshServer.StartAsync();
        foreach (var direction in new[] { UseOursWithResticAsync, UseResticsAsync })
        {
            var address = $"sftp:{server.Host}:{server.Folder}/{direction.Method.Name}";
            var options = new SftpOptions { Arguments = server.ClientArguments };
            await using var backend = new SftpBackend((SftpLocation)RepositoryLocation.Parse(address), options, TimeProvider.System);
            await direction(backend, ResticProgram.On(address, OwnRepository.Passphrase, "-o", $"sftp.command={server.ResticCommand}"));
        }
    }

    [Fact]
    public async Task Append_only_storage_takes_backups_of_both_and_keeps_them()
    {
        await using var server = await RcloneServer.StartAsync(new RcloneOptions { AppendOnly = true });
        using var backend = Connect(server.Repository("safe"));
        using var repository = await OwnRepository.CreateAsync(backend, ResticProgram.On(server.Repository("safe"), OwnRepository.Passphrase));
        var tree = Tree();
        await repository.BackUpAsync(tree.Root);
        await repository.Restic.RunAsync("backup", tree.Root);

        var snapshots = await repository.SnapshotsAsync();
        Assert.Equal(2, snapshots.Count);
        var refusal = await Assert.ThrowsAsync<HoldfastException>(() => backend.DeleteAsync(new FileHandle(FileType.Snapshot, snapshots[0].Id), Token));
        Assert.Equal(FailureKind.Refused, refusal.Kind);
        await foreach (var left in backend.ListAsync(FileType.Lock, Token)) Assert.Fail($"{left} is left");
        await repository.ExpectSoundAsync();
    }

    private async Task UseOursWithResticAsync(IBackend backend, ResticProgram restic)
    {
        using var repository = await OwnRepository.CreateAsync(backend, restic);
        var tree = Tree();
        await repository.BackUpAsync(tree.Root);
        await repository.ExpectSoundAsync();

        await restic.RunAsync("restore", "latest", "--target", _temp["by restic"]);
        SameFiles.Expect(tree.Root, _temp["by restic"] + tree.Root);
    }

    private async Task UseResticsAsync(IBackend backend, ResticProgram restic)
    {
        var tree = Tree();
        await restic.RunAsync("init");
        await restic.RunAsync("backup", tree.Root);
        using var repository = await OwnRepository.OpenAsync(backend, restic);
        tree.File("later", SyntheticTree.RandomBytes(3, 300_000));
        await repository.BackUpAsync(tree.Root);
        await restic.RunAsync("forget", "--keep-last", "1", "--group-by", "host", "--prune", "--max-unused", "0");

        var last = Assert.Single(await repository.SnapshotsAsync());
        await repository.ExpectSoundAsync();
        await repository.RestoreAsync(last, _temp.CreateDirectory("by us"));
        SameFiles.Expect(tree.Root, _temp["by us"] + tree.Root);
    }

    private static RestBackend Connect(string address) =>
        new((RestLocation)RepositoryLocation.Parse(address), new RestOptions(), TimeProvider.System);

    private SyntheticTree Tree()
    {
        _temp.CreateDirectory("data", "below");
        return new SyntheticTree(_temp["data"]).File("small", "hello"u8).File("below/large", SyntheticTree.RandomBytes(1, 9_000_000));
    }
}
