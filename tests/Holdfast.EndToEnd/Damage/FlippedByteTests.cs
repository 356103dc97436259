using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.EndToEnd.Damage;

/// <summary>Single bytes of a repository, flipped one after another.</summary>
public sealed class FlippedByteTests
{
    // Of each file the beginning and the end are looked at byte by byte, and so are the edges of the blobs; what is between is ciphertext like any other.
    private const int Edge = 40;
    private const int Stride = 11;
    private const int RestoreEvery = 31;

    [Theory]
    [InlineData("holdfast")]
    [InlineData("restic")]
    public async Task Check_finds_every_flipped_byte_and_names_exactly_what_it_hurts_and_restore_never_lets_one_pass(string maker)
    {
        using var stage = await DamageStage.CreateAsync(maker);
        var flips = stage.Files.SelectMany(file => Offsets(stage, file).Select(offset => (File: file, Offset: offset))).ToList();
        var lost = new Dictionary<FileHandle, IReadOnlySet<string>>();
        foreach (var index in stage.Files.Where(file => file.Type == FileType.Index))
            lost.Add(index, stage.Oracle.Harm(await LostIndexes.OnlyListedInAsync(stage, index), isReadable: true));
        var workers = Enumerable.Range(0, 2).Select(async number =>
        {
            var (backend, repository) = await stage.OpenAgainAsync();
            using (repository)
            {
                for (var i = number; i < flips.Count; i += 2) await FlipAsync(stage, lost, backend, repository, flips[i].File, flips[i].Offset, restore: i % RestoreEvery == 0);
            }
        });

        await Task.WhenAll(workers.Select(worker => Task.Run(() => worker)));
        Assert.InRange(flips.Count, 2000, 100_000);
    }

    [Theory]
    [InlineData("holdfast", 1)]
    [InlineData("restic", 31)]
    public async Task No_repository_opens_with_a_flipped_byte_in_its_key_or_its_config(string maker, int stride)
    {
        using var stage = await DamageStage.CreateAsync(maker);
        foreach (var file in stage.Files.Where(file => file.Type is FileType.Key or FileType.Config))
        {
            for (var offset = 0; offset < stage.Backend.Files[file].Length; offset += stride)
            {
                stage.Backend.Damage((file, Flip(stage.Backend.Files[file], offset)));
                var failure = await Assert.ThrowsAsync<HoldfastException>(() => DamageStage.OpenAsync(stage.Backend));
                Assert.Equal(FailureKind.Damaged, failure.Kind);
                Assert.Contains(file.Type == FileType.Key ? file.ToString() : "config", failure.Message, StringComparison.Ordinal);
            }
        }
    }

    private static async Task FlipAsync(
        DamageStage stage, Dictionary<FileHandle, IReadOnlySet<string>> lost, DamagedBackend backend, Repository repository, FileHandle file, int offset, bool restore)
    {
        backend.Damage((file, Flip(backend.Files[file], offset)));
        var harm = file.Type switch
        {
            FileType.Pack => stage.Oracle.Harm(stage.Oracle.BlobsIn(file, offset, 1)),
            FileType.Index => lost[file],
            FileType.Snapshot => new HashSet<string>(StringComparer.Ordinal) { DamageStage.AllOf(file) },
            _ => new HashSet<string>(StringComparer.Ordinal),
        };
        new Expectation([file], harm).Verify(await DamageStage.CheckAsync(repository), $"{file}, byte {offset} flipped");
        if (restore) await stage.RestoreAsync(repository);
    }

    private static byte[] Flip(byte[] content, int offset)
    {
        var flipped = content.ToArray();
        flipped[offset] ^= (byte)(1 << (offset % 8));
        return flipped;
    }

    private static IEnumerable<int> Offsets(DamageStage stage, FileHandle file)
    {
        var length = stage.Backend.Files[file].Length;
        var edges = stage.Oracle.Blobs.Select(stage.Oracle.Index.Locate).Where(place => place?.Pack == file.Id && file.Type == FileType.Pack)
            .SelectMany(place => Enumerable.Range((int)place!.Value.Blob.Offset - 18, 36)).ToHashSet();
        return Enumerable.Range(0, length).Where(offset => offset < Edge || offset >= length - Edge || offset % Stride == 0 || edges.Contains(offset));
    }
}
