using Holdfast.Restic;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Xunit;

namespace Holdfast.EndToEnd.Damage;

/// <summary>Files of a repository that are too short, empty, gone, or in each other's place.</summary>
public sealed class LostPartTests
{
    [Theory]
    [InlineData("holdfast")]
    [InlineData("restic")]
    public async Task Check_finds_every_file_that_is_cut_short_and_restore_gives_nothing_wrong(string maker)
    {
        using var stage = await DamageStage.CreateAsync(maker);
        foreach (var file in stage.Files)
        {
            var content = stage.Backend.Files[file];
            foreach (var length in new[] { 0, 1, 16, 31, 32, content.Length / 3, content.Length / 2, content.Length - 33, content.Length - 4, content.Length - 1 })
            {
                stage.Backend.Damage((file, content[..length]));
                await VerifyAsync(stage, [file], await HarmAsync(stage, file, from: length), $"{file}, cut to {length} of {content.Length} bytes");
            }

            stage.Backend.Damage((file, [.. content, 0]));
            await VerifyAsync(stage, [file], await HarmAsync(stage, file, from: content.Length), $"{file}, a byte too long");
        }
    }

    [Theory]
    [InlineData("holdfast")]
    [InlineData("restic")]
    public async Task Check_finds_every_file_that_is_gone_but_a_snapshot_and_restore_gives_nothing_wrong(string maker)
    {
        using var stage = await DamageStage.CreateAsync(maker);
        foreach (var file in stage.Files)
        {
            stage.Backend.Damage((file, null));
            if (file.Type == FileType.Snapshot)
            {
                // It cannot be told from one that was forgotten.
                Assert.Empty(await DamageStage.CheckAsync(stage.Repository));
                continue;
            }

            if (file.Type is FileType.Key or FileType.Config)
            {
                var failure = await Assert.ThrowsAsync<HoldfastException>(() => DamageStage.OpenAsync(stage.Backend));
                Assert.Equal(file.Type == FileType.Key ? FailureKind.Damaged : FailureKind.NoRepository, failure.Kind);
                continue;
            }

            // Of an index that is gone nobody knows the name: the packs that nothing lists are named.
            await VerifyAsync(stage, file.Type == FileType.Pack ? [file] : [], await HarmAsync(stage, file, from: 0), $"{file}, gone");
        }
    }

    [Theory]
    [InlineData("holdfast")]
    [InlineData("restic")]
    public async Task Check_finds_files_of_a_kind_that_changed_places_and_restore_gives_nothing_wrong(string maker)
    {
        using var stage = await DamageStage.CreateAsync(maker);
        foreach (var type in new[] { FileType.Snapshot, FileType.Index, FileType.Pack })
        {
            var files = stage.Files.Where(file => file.Type == type).ToList();
            Assert.InRange(files.Count, 2, 100);
            for (var i = 0; i < files.Count; i++)
            {
                var (one, other) = (files[i], files[(i + 1) % files.Count]);
                stage.Backend.Damage((one, stage.Backend.Files[other]), (other, stage.Backend.Files[one]));
                var harm = type == FileType.Index
                    ? stage.Oracle.Harm((await LostIndexes.OnlyListedInAsync(stage, one, other)), isReadable: true)
                    : type == FileType.Pack
                        ? stage.Oracle.Harm(Union(stage.Oracle.BlobsIn(one, 0, long.MaxValue / 2), stage.Oracle.BlobsIn(other, 0, long.MaxValue / 2)))
                        : new HashSet<string>([DamageStage.AllOf(one), DamageStage.AllOf(other)], StringComparer.Ordinal);
                await VerifyAsync(stage, [one, other], harm, $"{one} and {other}, in each other's place");
            }
        }
    }

    private static async Task VerifyAsync(DamageStage stage, IReadOnlyList<FileHandle> damaged, IReadOnlySet<string> harm, string what)
    {
        new Expectation(damaged, harm).Verify(await DamageStage.CheckAsync(stage.Repository), what);
        await stage.RestoreAsync(stage.Repository);
    }

    private static async Task<IReadOnlySet<string>> HarmAsync(DamageStage stage, FileHandle file, long from) => file.Type switch
    {
        FileType.Pack => stage.Oracle.Harm(stage.Oracle.BlobsIn(file, from, long.MaxValue / 2)),
        FileType.Index => stage.Oracle.Harm(await LostIndexes.OnlyListedInAsync(stage, file), isReadable: true),
        FileType.Snapshot => new HashSet<string>(StringComparer.Ordinal) { DamageStage.AllOf(file) },
        _ => new HashSet<string>(StringComparer.Ordinal),
    };

    private static HashSet<BlobHandle> Union(IReadOnlySet<BlobHandle> one, IReadOnlySet<BlobHandle> other) => [.. one, .. other];
}
