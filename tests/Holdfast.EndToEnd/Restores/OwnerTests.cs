using System.Text.Json.Nodes;
using Holdfast.EndToEnd.Cli;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Format;
using Holdfast.Restic.Snapshots;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Restores;

/// <summary>Owners have other numbers on another host, and the same names.</summary>
public sealed class OwnerTests : WorkplaceTests
{
    private const uint Elsewhere = 54_321;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_comes_from_another_host_belongs_to_whoever_has_the_name_here()
    {
        RealComponent.RequireRoot("give files to other users");
        var stat = RealComponent.Require("stat");
        var known = Place.Write("known", "of a user that this host has");
        var unknown = Place.Write("unknown", "of one that it has not");
        await Place.BackUpAsync();
        var foreign = await FromAnotherHostAsync();
        File.Delete(known);
        File.Delete(unknown);

        var restored = await Place.Holdfast.RunAsync("restore", foreign, "--yes", "--root", Place.Application);

        Assert.Equal("daemon", await OwnerAsync("%U", known));
        Assert.Equal("54321", await OwnerAsync("%u", unknown));
        Assert.Contains("the user daemon is", restored.Error + restored.Output, StringComparison.Ordinal);

        async Task<string> OwnerAsync(string format, string file) =>
            (await RunningProcess.RunAsync(stat, ["-c", format, file])).Expect(0).Output.Trim();
    }

    /// <summary>The newest snapshot as if it had been made on another host, where the users have other numbers.</summary>
    private async Task<string> FromAnotherHostAsync()
    {
        using var repository = await Place.OpenAsync();
        var newest = (await SnapshotFiles.LoadAllAsync(repository, Token)).Readable[^1].Snapshot;
        var index = await repository.LoadIndexAsync(Token);
        var reader = new BlobReader(repository, index);
        await using var writer = new BlobWriter(repository, index, TimeProvider.System, Task.CompletedTask);
        var tree = await RewriteAsync(newest.Tree);
        await writer.FlushAsync(Token);
        var id = await repository.SaveDocumentAsync(FileType.Snapshot, SnapshotDocument.Serialize(newest with { Tree = tree, Hostname = "elsewhere", Time = Timestamp.FromDateTimeOffset(DateTimeOffset.UtcNow) }), Token);
        return id.ToString();

        async Task<Id> RewriteAsync(Id from)
        {
            var json = JsonNode.Parse(await reader.ReadAsync(new BlobHandle(BlobType.Tree, from), Token))!;
            foreach (var node in json["nodes"]!.AsArray().OfType<JsonObject>())
            {
                if (node["subtree"] is { } below) node["subtree"] = (await RewriteAsync(Id.Parse(below.GetValue<string>()))).ToString();
                var name = node["name"]!.GetValue<string>();
                if (name is not ("known" or "unknown")) continue;
                node["uid"] = Elsewhere;
                node["user"] = name == "known" ? "daemon" : "nobody-has-this-name";
            }

            return (await writer.SaveAsync(BlobType.Tree, System.Text.Encoding.UTF8.GetBytes(json.ToJsonString() + "\n"), Token)).Id;
        }
    }
}
