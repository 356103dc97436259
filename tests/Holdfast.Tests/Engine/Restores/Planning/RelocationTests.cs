using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Restic.Trees;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Restores.Planning;

public sealed class RelocationTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    private FilePath Here => FilePath.From(_temp.Path);

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void What_was_below_the_old_root_goes_below_the_new_one_and_the_rest_stays()
    {
        var relocation = Relocation.Of(Options("host"), Record("/old/app"), Snapshot("host"));

        Assert.Equal(Here.Combine("data").Combine("x"), relocation.Apply(Item("/old/app/data/x"))!.Destination);
        Assert.Equal(Here, relocation.Apply(Item("/old/app"))!.Destination);
        Assert.Equal(FilePath.From("/old/apple"), relocation.Apply(Item("/old/apple"))!.Destination);
        Assert.Equal(FilePath.From("/etc/app"), relocation.Apply(Item("/etc/app"))!.Destination);
        Assert.Contains(relocation.Changes, change => change.Contains("/old/app", StringComparison.Ordinal) && change.Contains(_temp.Path, StringComparison.Ordinal));
    }

    [Fact]
    public void The_manifest_of_this_host_stays_and_one_that_is_missing_is_restored()
    {
        Assert.NotNull(Relocation.Of(Options("host"), Record("/old/app"), Snapshot("host")).Apply(Item("/old/app/holdfast.yaml")));

        _temp.WriteFile("holdfast.yaml", "application: app");
        Assert.Null(Relocation.Of(Options("host"), Record("/old/app"), Snapshot("host")).Apply(Item("/old/app/holdfast.yaml")));
    }

    [Fact]
    public void The_same_root_and_the_same_host_change_nothing()
    {
        var relocation = Relocation.Of(Options("host"), Record(_temp.Path), Snapshot("host"));
        var item = Item($"{_temp.Path}/holdfast.yaml", user: "daemon", uid: 4711);

        Assert.Same(item, relocation.Apply(item));
        Assert.Empty(relocation.Changes);
    }

    [Fact]
    public void On_another_host_owners_are_found_by_their_names()
    {
        var relocation = Relocation.Of(Options("host"), null, Snapshot("another"));

        var known = relocation.Apply(Item("/x", user: "daemon", uid: 4711))!.Node;
        var unknown = relocation.Apply(Item("/x", user: "nobody-of-that-name", uid: 4711))!.Node;
        var hostile = relocation.Apply(Item("/x", user: "daemon\0", uid: 4711))!.Node;

        // The number of daemon is 1 in every Debian (base-passwd).
        Assert.Equal((1u, 4711u, 4711u), (known.Uid, unknown.Uid, hostile.Uid));
        Assert.Contains(relocation.Changes, change => change.Contains("the user daemon is 1 on this host and was 4711", StringComparison.Ordinal));
    }

    private RestoreOptions Options(string host) => new()
    {
        Snapshot = new StoredSnapshot(Id.Of("x"u8), Snapshot(host)),
        Identity = Scene.Tester with { HostName = host },
        Place = new ApplicationPlace(Here, Here.Combine("holdfast.yaml")),
    };

    private static SnapshotRecord Record(string root) => new() { Root = root, Manifest = $"{root}/holdfast.yaml" };

    private static Snapshot Snapshot(string host) => new() { Time = default, Tree = Id.Of("tree"u8), Paths = [], Hostname = host };

    private static RestoreItem Item(string path, string? user = null, uint uid = 0) => new()
    {
        Source = FilePath.From(path),
        Destination = FilePath.From(path),
        Node = new Node { Name = "x"u8.ToArray(), Type = NodeType.File, User = user, Uid = uid, Gid = uid },
    };
}
