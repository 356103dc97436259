using Holdfast.Engine.Applications;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Findings;
using Xunit;

namespace Holdfast.Tests.Engine.Applications;

public sealed class ManifestInspectionTests : IDisposable
{
    private readonly InspectedApplication _application = new();

    public void Dispose() => _application.Dispose();

    [Fact]
    public async Task Nothing_is_said_of_an_application_in_good_order()
    {
        _application.Program("ctl", "exit 0");

        Assert.Empty(await _application.InspectAsync(InspectedApplication.Start + """
            version: { command: [./ctl] }
            service: { start: ./ctl, stop: [./ctl], status: [./ctl], health: { command: [./ctl] } }
            backup: { before: [[./ctl]], after: ["ls -l"], quiesce: { pause: ./ctl, resume: ./ctl } }
            """));
    }

    [Theory]
    [InlineData("files: { more: [absent] }", FindingSeverity.Critical, 17, "files.more[0]", "absent does not exist")]
    [InlineData("files: { more: ['absent/*.pem'] }", FindingSeverity.Critical, 17, "files.more[0]", "in which the pattern looks, does not exist")]
    [InlineData("version: { file: VERSION }", FindingSeverity.Warning, 18, "version.file", "VERSION does not exist")]
    [InlineData("version: { command: ./absent }", FindingSeverity.Warning, 21, "version.command", "there is no program \"./absent\"")]
    [InlineData("service: { start: ./absent, stop: ls }", FindingSeverity.Critical, 19, "service.start", "there is no program \"./absent\"")]
    [InlineData("service: { start: ls, stop: config.yaml }", FindingSeverity.Critical, 29, "service.stop", "there is no program \"config.yaml\"")]
    [InlineData("service: { start: ls, stop: ./config.yaml }", FindingSeverity.Critical, 29, "service.stop", "there is no program \"./config.yaml\"")]
    [InlineData("service: { start: ls, stop: ls, health: 'http://127.0.0.1:9/' }", FindingSeverity.Warning, 41, "service.health", "does not say that it works")]
    [InlineData("service: { start: ls, stop: ls, health: { command: 'false' } }", FindingSeverity.Warning, 41, "service.health", "does not say that it works")]
    [InlineData("service: { start: ls, stop: ls, status: 'false', health: { command: 'false' } }", FindingSeverity.Warning, 58, "service.health", "does not run now")]
    [InlineData("backup: { before: [ls, [absent]] }", FindingSeverity.Critical, 24, "backup.before[1]", "there is no program \"absent\"")]
    [InlineData("backup: { quiesce: { pause: ls, resume: absent } }", FindingSeverity.Critical, 41, "backup.quiesce.resume", "there is no program \"absent\"")]
    [InlineData("drill: { boot: { command: '{root}/absent', health: http://h } }", FindingSeverity.Critical, 27, "drill.boot.command", "absent\"")]
    [InlineData("archives: { p: { folder: config.yaml, format: db } }", FindingSeverity.Critical, 26, "archives.p.folder", "is not a folder")]
    [InlineData("archives: { p: { folder: ., format: db.gpg, passphrase: { env: HOLDFAST_NO_SUCH } } }", FindingSeverity.Critical, 57, "archives.p.passphrase", "is not set")]
    public async Task Names_what_is_not_so_with_its_place(string line, FindingSeverity severity, int column, string key, string message)
    {
        var yaml = InspectedApplication.Start;
        if (line.StartsWith("files", StringComparison.Ordinal)) yaml = yaml.Replace("files: { config: [config.yaml] }\n", string.Empty, StringComparison.Ordinal);
        var lines = yaml.Count(character => character == '\n');

        var finding = await _application.OnlyFindingAsync(yaml + line);

        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.Equal((severity, lines + 1, column, key), (finding.Severity, finding.Place!.Line, finding.Place!.Column, finding.Place!.Key));
        Assert.NotNull(finding.Hint);
    }

    [Theory]
    [InlineData("data/absent.db", "does not exist")]
    [InlineData("data", "is not a file")]
    [InlineData("config.yaml", "is not an SQLite database")]
    [InlineData("backups/config", "is empty")]
    public async Task A_database_is_there_and_one(string path, string message)
    {
        var finding = await _application.OnlyFindingAsync(InspectedApplication.Start.Replace("data/main.db", path, StringComparison.Ordinal));

        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.Equal((FindingSeverity.Critical, 2, 30, "databases.main.sqlite"), (finding.Severity, finding.Place!.Line, finding.Place!.Column, finding.Place!.Key));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_database_is_declared_once_whatever_link_leads_to_it(bool isSymbolic)
    {
        if (isSymbolic) File.CreateSymbolicLink(_application["twin.db"], "data/main.db");
        else new Holdfast.Testing.SyntheticTree(_application["."]).HardLink("twin.db", "data/main.db");

        var finding = await _application.OnlyFindingAsync(
            InspectedApplication.Start.Replace("{ main: { sqlite: data/main.db } }", "{ main: { sqlite: data/main.db }, twin: { sqlite: twin.db } }", StringComparison.Ordinal));

        Assert.Equal("databases.twin.sqlite", finding.Place!.Key);
        Assert.Contains("the same file as databases.main.sqlite", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("expect_tables: [tres]", "databases.main.expect_tables[0]", "there is no table \"tres\"", "did you mean \"trees\"?")]
    [InlineData("assertions: ['select 1', 'select count(*) > 1 from trees']", "databases.main.assertions[1]", "it gave '0'", "every drill would fail")]
    [InlineData("assertions: ['selct 1']", "databases.main.assertions[0]", "syntax error", "every drill would fail")]
    [InlineData("assertions: ['delete from trees']", "databases.main.assertions[0]", "must only read", "every drill would fail")]
    public async Task What_drills_will_want_is_so_now(string key, string place, string message, string hint)
    {
        var finding = await _application.OnlyFindingAsync(
            InspectedApplication.Start.Replace("data/main.db }", $"data/main.db, {key} }}", StringComparison.Ordinal));

        Assert.Equal(place, finding.Place!.Key);
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.Contains(hint, finding.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Looking_at_a_database_leaves_its_log_and_its_folder_as_they_are()
    {
        _application.Execute("data/main.db", "pragma journal_mode=wal");
        var yaml = InspectedApplication.Start.Replace("data/main.db }", "data/main.db, expect_tables: [trees] }", StringComparison.Ordinal);

        Assert.Empty(await _application.InspectAsync(yaml));
        Assert.Equal([_application["data/main.db"]], Directory.GetFiles(_application["data"]));

        using var live = SqliteConnections.Open(_application["data/main.db"]);
        live.Execute("insert into trees values (2)");
        var log = new FileInfo(_application["data/main.db-wal"]).Length;
        Assert.Empty(await _application.InspectAsync(yaml));
        Assert.Equal(log, new FileInfo(_application["data/main.db-wal"]).Length);
    }

    [Fact]
    public async Task Warns_of_one_disk_for_data_and_backups()
    {
        var findings = await _application.InspectAllAsync(InspectedApplication.Start + "archives: { p: { folder: out, format: db } }");

        Assert.Equal(["repositories.local.path", "archives.p.folder", "archives.p.folder"], findings.Select(finding => finding.Place!.Key));
        Assert.Contains("out is not there", findings[1].Message, StringComparison.Ordinal);
        Assert.All(findings, finding => Assert.Equal(FindingSeverity.Warning, finding.Severity));
    }

    [Fact]
    public async Task A_repository_elsewhere_is_fine_and_one_that_is_not_there_is_not()
    {
        var findings = await _application.InspectAllAsync(InspectedApplication.Start.Replace("path: backups", "path: /proc/backups", StringComparison.Ordinal));

        Assert.Contains("there is no repository", Assert.Single(findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_others_can_read_is_a_warning_and_an_empty_one_an_error()
    {
        _application.Write("key", "secret\n", UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var open = await _application.OnlyFindingAsync(InspectedApplication.Start);
        Assert.Equal((FindingSeverity.Warning, "passphrase"), (open.Severity, open.Place!.Key));
        Assert.Contains("other users", open.Message, StringComparison.Ordinal);

        _application.Write("key", "\n", UnixFileMode.UserRead);
        var empty = await _application.OnlyFindingAsync(InspectedApplication.Start);
        Assert.Equal((FindingSeverity.Critical, "passphrase"), (empty.Severity, empty.Place!.Key));
    }

    [Fact]
    public async Task Without_its_root_nothing_else_is_looked_at()
    {
        var finding = await _application.OnlyFindingAsync("root: absent\n" + InspectedApplication.Start);

        Assert.Equal((FindingSeverity.Critical, 1, 7, "root"), (finding.Severity, finding.Place!.Line, finding.Place!.Column, finding.Place!.Key));
    }
}
