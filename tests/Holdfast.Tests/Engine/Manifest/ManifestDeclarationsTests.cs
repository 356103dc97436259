using Holdfast.Engine.Manifest;
using Holdfast.Engine.Secrets;
using Xunit;

namespace Holdfast.Tests.Engine.Manifest;

public sealed class ManifestDeclarationsTests
{
    [Fact]
    public void What_is_not_said_has_its_documented_default()
    {
        var manifest = ManifestText.Read(ManifestText.Smallest).Require();

        Assert.Null(manifest.Version);
        Assert.Null(manifest.Service);
        Assert.Empty(manifest.Archives);
        Assert.Equal((TimeSpan.FromMinutes(10), 0.5), (manifest.Backup.Timeout, manifest.Backup.SuspiciousDrop));
        Assert.Null(manifest.Backup.Quiesce);
        Assert.Equal((false, TimeSpan.FromMinutes(5)), (manifest.Drill.AfterBackup, manifest.Drill.Budget));
    }

    [Fact]
    public void A_repository_may_have_a_passphrase_and_a_policy_of_its_own()
    {
        var all = Read("backup: { keep: { last: 3 } }").Repositories;
        var own = ManifestText.Read("""
            application: orchard
            databases: { main: { sqlite: a.db } }
            repositories:
              local: { path: /backups, passphrase: { file: ../far.key }, keep: { daily: 7 } }
            """).Require().Repositories[0];

        Assert.Equal((null, null), (all[0].Passphrase, all[0].Keep));
        Assert.Equal(new PassphraseSource.SecretFile("/srv/far.key"), own.Passphrase);
        Assert.Equal(7, own.Keep!.Policy.Daily);
    }

    [Fact]
    public void Reads_a_version_in_its_three_forms()
    {
        Assert.Equal(new VersionDeclaration.Literal("1.10"), Read("version: 1.10").Version);
        Assert.Equal(new VersionDeclaration.InFile("/srv/orchard/VERSION"), Read("version: { file: VERSION }").Version);
        Assert.Equal(["orchard", "--version"], Assert.IsType<VersionDeclaration.Command>(Read("version: { command: orchard --version }").Version).Arguments);
        Assert.Equal(["a b"], Assert.IsType<VersionDeclaration.Command>(Read("version: { command: [a b] }").Version).Arguments);
    }

    [Fact]
    public void Reads_a_service_in_its_three_forms()
    {
        Assert.Equal(new ServiceControl.Systemd("orchard@1.service"), Read("service: { systemd: orchard@1.service }").Service!.Control);
        var commands = Assert.IsType<ServiceControl.Commands>(
            Read("service: { start: ./a start, stop: [./a, stop], status: [./a, status], timeout: 2h }").Service!.Control);
        Assert.Equal([["./a", "start"], ["./a", "stop"], ["./a", "status"]], (IReadOnlyList<string>[])[commands.Start, commands.Stop, commands.Status!]);
        var process = Assert.IsType<ServiceControl.Process>(
            Read("service: { process: { pid_file: run/a.pid, signal: SIGINT, start: [./a] } }").Service!.Control);
        Assert.Equal(("/srv/orchard/run/a.pid", 2, "./a"), (process.PidFile, process.Signal, Assert.Single(process.Start!)));
        Assert.Equal(15, Assert.IsType<ServiceControl.Process>(Read("service: { process: { pid_file: a } }").Service!.Control).Signal);
    }

    [Fact]
    public void Reads_what_tells_that_the_application_works()
    {
        var url = Read("service: { systemd: a, timeout: 90s, health: http://127.0.0.1:8080/health }").Service!;
        Assert.Equal(new HealthProbe.Http(new Uri("http://127.0.0.1:8080/health")), url.Health!.Probe);
        Assert.Equal(
            (TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1), 1),
            (url.Timeout, url.Health.Timeout, url.Health.Interval, url.Health.Successes));

        var command = Read("service: { systemd: a, health: { command: ./check, timeout: 5m, interval: 200ms, successes: 3 } }").Service!.Health!;
        Assert.Equal(["./check"], Assert.IsType<HealthProbe.Command>(command.Probe).Arguments);
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromMilliseconds(200), 3), (command.Timeout, command.Interval, command.Successes));
    }

    [Fact]
    public void Reads_what_happens_around_a_backup()
    {
        var backup = Read("""
            backup:
              before: [[./a, flush all], "./b 'x y'"]
              after: [./c]
              quiesce: { pause: ./a pause, resume: [./a, resume] }
              timeout: 90s
              suspicious_drop: 30%
            """).Backup;

        Assert.Equal([["./a", "flush all"], ["./b", "x y"]], backup.Before);
        Assert.Equal([["./c"]], backup.After);
        Assert.Equal(["./a", "pause"], backup.Quiesce!.Pause);
        Assert.Equal(["./a", "resume"], backup.Quiesce.Resume);
        Assert.Equal((TimeSpan.FromSeconds(90), 0.3), (backup.Timeout, backup.SuspiciousDrop));
    }

    [Fact]
    public void Reads_how_backups_are_proven()
    {
        var drill = Read("""
            drill:
              after_backup: true
              budget: 20m
              boot:
                command: ./a --port {port} --root {root}
                environment: { PORT: "{port}", EMPTY: "" }
                health: { url: "http://127.0.0.1:{port}/x", timeout: 5s }
            """).Drill;

        Assert.Equal((true, TimeSpan.FromMinutes(20)), (drill.AfterBackup, drill.Budget));
        Assert.Equal(["./a", "--port", "{port}", "--root", "{root}"], drill.Boot!.Command);
        Assert.Equal("{port}", drill.Boot.Environment["PORT"]);
        Assert.Equal(string.Empty, drill.Boot.Environment["EMPTY"]);
        Assert.Equal(new BootHealth("http://127.0.0.1:{port}/x", null, TimeSpan.FromSeconds(5)), drill.Boot.Health);
    }

    [Fact]
    public void Reads_folders_of_archives()
    {
        var archives = Read("""
            archives:
              plain: { folder: data/backups, format: db.gpg, prefix: servers_db, database: main, passphrase: { env: P }, keep_last: 7, keep_days: 30 }
              all: { folder: ../files, format: tar.zst }
            """).Archives;

        Assert.Equal(
            new ArchiveDeclaration
            {
                Name = "plain",
                Folder = "/srv/orchard/data/backups",
                Format = "db.gpg",
                Prefix = "servers_db",
                Database = "main",
                Passphrase = new PassphraseSource.EnvironmentVariable("P"),
                KeepLast = 7,
                KeepDays = 30,
            },
            archives[0]);
        Assert.Equal(new ArchiveDeclaration { Name = "all", Folder = "/srv/files", Format = "tar.zst", Prefix = "orchard" }, archives[1]);
    }

    [Fact]
    public void Programs_of_the_application_are_not_given_the_passphrases()
    {
        var manifest = Read("passphrase: { env: KEY }\narchives: { p: { folder: b, format: db.gpg, passphrase: { env: P } } }");

        var environment = ProgramEnvironment.Of(manifest);
        Assert.True(environment.TryGetValue("P", out var value) && value is null);
    }

    [Fact]
    public void Knows_where_each_key_stands()
    {
        var places = Read("backup:\n  before:\n    - [./a]\n    - ./b").Places;

        Assert.Equal((7, 7), places.Of("backup", "before", "1"));
        Assert.Equal((2, 30), places.Of("databases", "main", "sqlite"));
        Assert.Equal((6, 5), places.Of("backup", "before", "9"));
        Assert.Equal((1, 1), places.Of("service"));
    }

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("2h", 7200)]
    [InlineData("7d", 604800)]
    [InlineData("1500ms", 1.5)]
    public void Durations_have_a_number_and_a_unit(string text, double seconds)
    {
        Assert.Null(DurationText.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
        Assert.Equal(text, DurationText.Write(duration));
    }

    private static ApplicationManifest Read(string more) => ManifestText.Read(ManifestText.Smallest + more).Require();
}
