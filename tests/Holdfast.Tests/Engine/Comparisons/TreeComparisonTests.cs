using FsCheck;
using FsCheck.Fluent;
using Holdfast.Engine.Comparisons;
using Holdfast.Engine.Files;
using Holdfast.Restic.Backends;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Trees;
using Holdfast.Tests.Restic;
using Xunit;

namespace Holdfast.Tests.Engine.Comparisons;

public sealed class TreeComparisonTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Applying_the_changes_to_one_tree_gives_the_other()
    {
        using var repository = await SampleRepository.CreateAsync();
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => ExplainsAsync(repository, seed).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    [Fact]
    public async Task Folders_of_one_ID_are_not_read()
    {
        using var repository = await SampleRepository.CreateAsync();
        // No such tree is stored: reading it would be a problem.
        var same = SampleRepository.Directory("same", Id.Of("nowhere"u8));
        var old = await repository.SaveTreeAsync(same, SampleRepository.File("x", 0));
        var current = await repository.SaveTreeAsync(same with { Mode = 0x1C0 }, SampleRepository.File("y", 0));
        var comparison = await ComparisonAsync(repository);

        Assert.Equal(["Metadata /same", "Removed /x", "Added /y"], Words(await ChangesAsync(comparison, old, current)));
        Assert.Empty(comparison.Problems);
        Assert.Empty(await ChangesAsync(await ComparisonAsync(repository), Id.Of("nowhere"u8), Id.Of("nowhere"u8)));
    }

    [Fact]
    public async Task A_folder_that_becomes_a_file_takes_its_contents_along()
    {
        using var repository = await SampleRepository.CreateAsync();
        var old = await repository.SaveTreeAsync(SampleRepository.Directory("a", await repository.SaveTreeAsync(SampleRepository.File("x", 0))));
        var current = await repository.SaveTreeAsync(SampleRepository.File("a", 0));

        Assert.Equal(["Type /a", "Removed /a/x"], Words(await ChangesAsync(await ComparisonAsync(repository), old, current)));
        Assert.Equal(["Type /a", "Added /a/x"], Words(await ChangesAsync(await ComparisonAsync(repository), current, old)));
    }

    [Fact]
    public async Task Says_what_else_differs_and_how_much_of_the_content_is_new()
    {
        using var repository = await SampleRepository.CreateAsync();
        var chunks = await repository.SaveBlobsAsync(BlobType.Data, new byte[100], new byte[30]);
        var one = SampleRepository.File("f", 100, chunks[0]) with { Mode = 0x1A4, ModifiedAt = Timestamp.Parse("2026-01-01T00:00:00Z") };
        var two = one with
        {
            Size = 130,
            Content = chunks,
            Mode = 0x180,
            Uid = 7,
            ModifiedAt = Timestamp.Parse("2026-01-02T00:00:00Z"),
            ExtendedAttributes = [new ExtendedAttribute("user.x", new byte[1])],
        };

        var (old, current) = (await repository.SaveTreeAsync(one), await repository.SaveTreeAsync(two));

        var change = Assert.Single(await ChangesAsync(await ComparisonAsync(repository), old, current));

        Assert.Equal(ChangeKind.Content, change.Kind);
        Assert.Equal(30, change.NewBytes);
        Assert.Equal(["mode", "owner", "time", "attributes"], change.Metadata);
    }

    [Fact]
    public async Task What_says_only_how_a_file_lay_on_its_disk_is_no_difference()
    {
        using var repository = await SampleRepository.CreateAsync();
        var one = SampleRepository.File("f", 0);
        var two = one with { Inode = 5, DeviceId = 9, Links = 2, ChangedAt = Timestamp.Parse("2026-01-02T00:00:00Z"), AccessedAt = Timestamp.Parse("2026-01-02T00:00:00Z") };

        var (old, current) = (await repository.SaveTreeAsync(one), await repository.SaveTreeAsync(two));
        var comparison = await ComparisonAsync(repository);

        Assert.Empty(await ChangesAsync(comparison, old, current));
        Assert.Empty(comparison.Problems);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_read_is_a_problem_and_not_a_removal()
    {
        using var repository = await SampleRepository.CreateAsync();
        var below = await repository.SaveTreeAsync(SampleRepository.File("x", 0));
        var old = await repository.SaveTreeAsync(SampleRepository.Directory("a", below), SampleRepository.File("b", 0));
        var current = await repository.SaveTreeAsync(SampleRepository.Directory("a", Id.Of("nowhere"u8)));
        var comparison = await ComparisonAsync(repository);

        Assert.Equal(["Removed /b"], Words(await ChangesAsync(comparison, old, current)));
        Assert.Contains("\"/a\"", Assert.Single(comparison.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_names_that_lead_elsewhere()
    {
        using var repository = await SampleRepository.CreateAsync();
        var old = await repository.SaveTreeAsync();
        var hostile = await repository.SaveTreeAsync(SampleRepository.File("../x", 0));
        var comparison = await ComparisonAsync(repository);

        Assert.Equal(FailureKind.Damaged, (await Assert.ThrowsAsync<HoldfastException>(() => ChangesAsync(comparison, old, hostile))).Kind);
    }

    private static async Task<bool> ExplainsAsync(SampleRepository repository, int seed)
    {
        var random = new Random(seed);
        var old = await new RandomTree(random).SaveAsync(repository);
        var current = await new RandomTree(random).SaveAsync(repository);
        var reader = await ReaderAsync(repository);
        var expected = await RandomTree.FlattenAsync(tree => reader.ReadTreeAsync(tree, Token), current);
        var applied = await RandomTree.FlattenAsync(tree => reader.ReadTreeAsync(tree, Token), old);
        foreach (var change in await ChangesAsync(new TreeComparison(reader, _ => false), old, current))
        {
            if (change.Kind == ChangeKind.Removed) Assert.True(applied.Remove(change.Path.ToString()));
            else if (change.Kind == ChangeKind.Added) applied.Add(change.Path.ToString(), change.New!);
            else applied[change.Path.ToString()] = change.New!;
        }

        Assert.Equal(expected.Select(Describe), applied.Select(Describe));
        return true;
    }

    private static string Describe(KeyValuePair<string, Node> entry)
    {
        var node = entry.Value;
        return $"{entry.Key} {node.Type} {node.Mode} {node.Uid} {string.Join(',', node.Content ?? [])} {Convert.ToHexString((node.LinkTarget ?? default).Span)}";
    }

    private static IEnumerable<string> Words(IEnumerable<TreeChange> changes) => changes.Select(change => $"{change.Kind} {change.Path}");

    private static async Task<TreeComparison> ComparisonAsync(SampleRepository repository) => new(await ReaderAsync(repository), _ => false);

    private static async Task<BlobReader> ReaderAsync(SampleRepository repository) => new(repository.Repository, await repository.Repository.LoadIndexAsync(Token));

    private static async Task<List<TreeChange>> ChangesAsync(TreeComparison comparison, Id old, Id current)
    {
        var changes = new List<TreeChange>();
        await foreach (var change in comparison.ChangesAsync(old, current, Token)) changes.Add(change);
        return changes;
    }
}
