using Holdfast.Cli.Commands;
using Holdfast.Cli.Output;
using Holdfast.Engine.Backups;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Drills;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.Repositories;
using Holdfast.Engine.Restores.Lifecycle;
using Holdfast.Engine.Secrets;
using Holdfast.Engine.State;
using Holdfast.Restic;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Snapshots;

namespace Holdfast.Cli.Demo;

/// <summary>The steps of the demonstration, each with what it does and why that matters.</summary>
internal sealed class DemoStory(Session session, FilePath folder)
{
    private readonly OperationProgress _progress = new();
    private readonly Screen _screen = session.Screen;
    private readonly FilePath _repositoryPath = folder.Combine("backups");

    private RepositoryAddress Address => RepositoryAddress.Of(_repositoryPath);
    private int _step;

    private FilePath StateFolder => folder.Combine("state");

    internal async Task TellAsync(CancellationToken cancellationToken)
    {
        var started = session.Clock.GetTimestamp();
        var place = folder.Combine("shop");
        FileSystem.TryCreateDirectory(place, FilePermissions.PrivateDirectory);
        await using var shop = new DemoShop(place, session.Clock);
        var orders = await StartAsync(shop, cancellationToken);
        using var repository = await MakeRepositoryAsync(cancellationToken);
        var last = await BackUpAsync(repository, shop, orders, cancellationToken);
        var stored = await FindAsync(repository, last, cancellationToken);
        await ProveAsync(repository, stored, cancellationToken);
        await DestroyAsync(shop);
        await RestoreAsync(repository, stored, shop, last, cancellationToken);
        await GoOnAsync(shop, cancellationToken);
        TellHowToStart();
        var seconds = Math.Round(session.Clock.GetElapsedTime(started).TotalSeconds, 3);
        _screen.Json(new DemoDocument(Proven: true, Restored: true, Rows(last), seconds), CliJson.Default.DemoDocument);
    }

    private async Task<long> StartAsync(DemoShop shop, CancellationToken cancellationToken)
    {
        Begin("A live application", "A small shop, in a process of its own, takes about 150 orders a second into a SQLite database (WAL mode) and never stops for a backup.");
        shop.Start();
        var orders = await shop.WaitForOrdersAsync(60_000, cancellationToken);
        Tell($"it runs: {orders:N0} orders in {shop.Database.Display}");
        return orders;
    }

    private async Task<Repository> MakeRepositoryAsync(CancellationToken cancellationToken)
    {
        Begin("A repository", "Encrypted, deduplicated, in restic's format: stock restic can read it, so nobody is locked in. The key is random; there is no default one.");
        using var passphrase = PassphraseGenerator.Generate();
        var repository = await Repository.InitializeAsync(
            new LocalBackend(_repositoryPath.ToString()), passphrase.Bytes.ToArray(), new RepositoryOptions { KeyCost = ScryptParameters.ForRandomPassphrase }, session.Identity, session.Clock, cancellationToken);
        Tell($"made {_repositoryPath.Display}");
        return repository;
    }

    private async Task<BackupResult> BackUpAsync(Repository repository, DemoShop shop, long orders, CancellationToken cancellationToken)
    {
        Begin("Backups while it writes", "Each backup is one consistent state of the database. The shop never waits for it, and no copy is made on the disk.");
        BackupResult result;
        for (var number = 1; ; number++)
        {
            result = await BackUpOnceAsync(repository, shop, cancellationToken);
            var share = result.BytesAdded / (double)result.BytesRead;
            Tell($"backup {number}: {Rows(result):N0} orders, read {HumanFormat.Size(result.BytesRead)}, added {HumanFormat.Size(result.BytesAdded)} ({share:P0}), {HumanFormat.Duration(result.Duration)}");
            if (number == 3) break;
            orders = await shop.WaitForOrdersAsync(orders + 150, cancellationToken);
        }

        Tell("only what changed is stored: that is the deduplication. So backups can be frequent.");
        return result;
    }

    private Task<BackupResult> BackUpOnceAsync(Repository repository, DemoShop shop, CancellationToken cancellationToken)
    {
        var options = new BackupOptions
        {
            Targets = [],
            Databases = [new DatabaseSource("shop", shop.Database, ["customers", "orders", "totals"], [DemoApplication.Invariant])],
            Application = "shop",
            Identity = session.Identity,
            Program = Session.Program,
        };
        return new BackupRun(repository, options, new SqliteImageOptions { Clock = session.Clock }, session.Clock, _progress).ExecuteAsync(cancellationToken);
    }

    private async Task ProveAsync(Repository repository, StoredSnapshot stored, CancellationToken cancellationToken)
    {
        Begin("A drill", "A backup counts when it has been restored. This one is restored elsewhere, the database is checked, its rows are counted, and the shop's own rule is asked: do the totals equal the orders?");
        using var state = LocalState.Open(StateFolder);
        var options = new DrillOptions
        {
            Snapshot = stored,
            RepositoryLocation = Address.Place,
            ScratchCandidates = [folder],
            Identity = session.Identity,
            Program = Session.Program,
        };
        var result = await new DrillRun(repository, state, options, session.Clock, _progress).ExecuteAsync(cancellationToken);
        foreach (var check in result.Checks) _screen.Marked(check.Passed ? Mark.Good : Mark.Bad, check.ToString());
        if (!result.Proven) throw new HoldfastException(FailureKind.Failed, "the demonstration's backup is not proven", "please report this");
        Tell($"proven in {HumanFormat.Duration(result.Duration)}; a restore takes {HumanFormat.Duration(result.RestoreDuration)}");
    }

    private async Task DestroyAsync(DemoShop shop)
    {
        Begin("A disaster", "The shop is stopped and its database overwritten with nonsense.");
        await shop.StopAsync();
        foreach (var journal in SqliteRelatedFiles.Of(shop.Database)) FileSystem.Remove(journal);
        AtomicFile.Write(shop.Database, "this was a database once"u8);
        Tell($"{shop.Database.Display} is now {FileSystem.Status(shop.Database, followLinks: false).Size} bytes of nonsense");
    }

    private async Task RestoreAsync(Repository repository, StoredSnapshot stored, DemoShop shop, BackupResult backup, CancellationToken cancellationToken)
    {
        Begin("The restore", "In place: written beside, checked, the present state saved, then exchanged in one step. Killed at any instant, the database would be entirely the old or entirely the new one, and the journal knows how to go on.");
        var surroundings = new RestoreSurroundings
        {
            Manifest = null,
            Repository = Address,
            StateFolder = StateFolder,
            Identity = session.Identity,
            Program = Session.Program,
            Own = OwnPlaces.Of(Address, StateFolder, null, null),
        };
        var job = new RestoreJob(repository, surroundings, stored, session.Clock, _progress);
        var plan = await job.PlanAsync(new RestoreRequest { Snapshot = stored.Id.ToString(), Repository = Address }, [], cancellationToken);
        var (_, result) = await job.ExecuteAsync(plan, cancellationToken);
        var (expected, found) = (Rows(backup), shop.Count());
        if (found != expected) throw new HoldfastException(FailureKind.Failed, $"the restored database has {found} orders instead of {expected}", "please report this");
        Tell($"restored {HumanFormat.Size(result.Bytes)} in {HumanFormat.Duration(TimeSpan.FromSeconds(result.Seconds))}: {found:N0} orders, exactly those of the backup");
        foreach (var kept in result.Kept) Tell($"the nonsense is kept for analysis: {kept.Display}");
    }

    private async Task GoOnAsync(DemoShop shop, CancellationToken cancellationToken)
    {
        Begin("Business as usual", "The shop starts again on the restored database.");
        var before = shop.Count();
        shop.Start();
        var orders = await shop.WaitForOrdersAsync(before + 20, cancellationToken);
        await shop.StopAsync();
        Tell($"it took {orders - before:N0} new orders");
    }

    private void TellHowToStart()
    {
        _screen.Line();
        _screen.Line("That was all in a temporary folder, which is gone now. With your own application:");
        _screen.Line();
        _screen.Line("    cd /path/to/your/application");
        _screen.Line("    holdfast init        # finds databases and configuration, makes a key, takes and proves the first backup");
        _screen.Line("    holdfast backup      # while the application runs");
        _screen.Line("    holdfast drill       # proves again, whenever you like, that the backup can be restored");
        _screen.Line("    holdfast list        # what there is, and what is proven");
        _screen.Line("    holdfast restore latest --target /tmp/look");
    }

    private static async Task<StoredSnapshot> FindAsync(Repository repository, BackupResult backup, CancellationToken cancellationToken)
    {
        var listing = await SnapshotFiles.LoadAllAsync(repository, cancellationToken);
        return listing.Readable.Single(snapshot => snapshot.Id == backup.SnapshotId);
    }

    private static long Rows(BackupResult backup) => backup.Databases[0].Tables["orders"];

    private void Begin(string title, string why)
    {
        _screen.Line();
        _screen.Line($"{++_step}. {title}");
        _screen.Line($"   {why}");
    }

    private void Tell(string text) => _screen.Line($"   -> {text}");
}
