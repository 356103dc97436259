using Xunit;

namespace Holdfast.Tests.Engine.Manifest;

public sealed class ManifestDeclarationErrorsTests
{
    [Theory]
    [InlineData("version: [a]", 10, "version", "expected a mapping or text, found a list")]
    [InlineData("version: { file: ../V }", 18, "version.file", "leaves the root")]
    [InlineData("version: { file: V, command: a }", 10, "version", "only one of these can be used: command, file")]
    [InlineData("service: orchard", 10, "service", "expected a mapping, found text")]
    [InlineData("service: { timeout: 5s }", 10, "service", "nothing is given")]
    [InlineData("service: { start: a }", 10, "service", "the key 'start' needs the key 'stop'")]
    [InlineData("service: { systemd: a, status: b }", 10, "service", "the key 'status' needs the key 'start'")]
    [InlineData("service: { systemd: a, process: { pid_file: p } }", 10, "service", "only one of these can be used: systemd, process")]
    [InlineData("service: { systemd: 'a b' }", 21, "service.systemd", "does not fit")]
    [InlineData("service: { systemd: --now }", 21, "service.systemd", "does not fit")]
    [InlineData("service: { process: { pid_file: p, signal: STOP } }", 44, "service.process.signal", "is no signal that ends a process")]
    [InlineData("service: { process: { signal: TERM } }", 21, "service.process", "'pid_file' is missing")]
    [InlineData("service: { systemd: a, helth: http://x }", 24, "service.helth", "unknown key \"helth\"")]
    [InlineData("service: { systemd: a, health: 127.0.0.1:80 }", 32, "service.health", "is no URL that starts with http")]
    [InlineData("service: { systemd: a, health: { url: http://x, command: b } }", 32, "service.health", "only one of these can be used")]
    [InlineData("service: { systemd: a, health: { timeout: 5s } }", 32, "service.health", "nothing is given")]
    [InlineData("service: { systemd: a, health: { url: http://x, successes: 0 } }", 60, "service.health.successes", "is no whole number from 1")]
    [InlineData("service: { systemd: a, timeout: 60 }", 33, "service.timeout", "has no unit; write 60s")]
    [InlineData("service: { systemd: a, timeout: 1.5h }", 33, "service.timeout", "is no duration")]
    [InlineData("service: { systemd: a, timeout: 0s }", 33, "service.timeout", "is no time at all")]
    [InlineData("service: { systemd: a, timeout: 99999999999999999999s }", 33, "service.timeout", "is longer than 30d")]
    [InlineData("service: { systemd: a, timeout: -5s }", 33, "service.timeout", "is no duration")]
    [InlineData("backup: { before: ./flush }", 19, "backup.before", "expected a list, found text")]
    [InlineData("backup: { before: [[]] }", 20, "backup.before[0]", "the list is empty")]
    [InlineData("backup: { before: [{ a: b }] }", 20, "backup.before[0]", "expected a list or text, found a mapping")]
    [InlineData("backup: { before: ['a \"b'] }", 20, "backup.before[0]", "quote that is not closed")]
    [InlineData("backup: { quiesce: { pause: a } }", 20, "backup.quiesce", "'resume' is missing")]
    [InlineData("backup: { suspicious_drop: 50 }", 28, "backup.suspicious_drop", "is more than the whole")]
    [InlineData("backup: { keep: { daily: -1 } }", 26, "backup.keep.daily", "is no whole number")]
    [InlineData("backup: { keep: { within: 2w } }", 27, "backup.keep.within", "has a unit that is none")]
    [InlineData("backup: { keep: { dayly: 7 } }", 19, "backup.keep.dayly", "unknown key")]
    [InlineData("backup: { keep: { tags: keep } }", 25, "backup.keep.tags", "expected a list")]
    [InlineData("backup: { suspicious_drop: half }", 28, "backup.suspicious_drop", "is no share")]
    [InlineData("backup: { suspicious_drop: -0.5 }", 28, "backup.suspicious_drop", "is no share")]
    [InlineData("drill: { after_backup: yes }", 24, "drill.after_backup", "does not fit here: true or false")]
    [InlineData("drill: { after_backup: ture }", 24, "drill.after_backup", "did you mean 'true'")]
    [InlineData("drill: { boot: { command: a } }", 16, "drill.boot", "'health' is missing")]
    [InlineData("drill: { boot: { command: a, health: 'http://h:{prt}/' } }", 38, "drill.boot.health", "is no URL")]
    [InlineData("drill: { boot: { command: a, health: 'http://h:{port}/', environment: { A-B: c } } }", 73, "drill.boot.environment.A-B", "does not fit")]
    public void Names_the_place_of_what_is_wrong_around_the_application(string line, int column, string path, string message) =>
        CheckOnlyError(line, column, path, message);

    [Theory]
    [InlineData("archives: { p: { folder: b, format: zip } }", 37, "archives.p.format", "does not fit here")]
    [InlineData("archives: { p: { folder: b, format: tar.zstd } }", 37, "archives.p.format", "did you mean 'tar.zst'")]
    [InlineData("archives: { p: { format: db } }", 16, "archives.p", "'folder' is missing")]
    [InlineData("archives: { p: { folder: b, format: db.gpg } }", 37, "archives.p", "needs the key 'passphrase'")]
    [InlineData("archives: { p: { folder: b, format: db, passphrase: { env: P } } }", 53, "archives.p.passphrase", "is not encrypted")]
    [InlineData("archives: { p: { folder: b, format: db, database: mian } }", 51, "archives.p.database", "there is no database \"mian\"")]
    [InlineData("archives: { p: { folder: b, format: tar.gz, database: main } }", 55, "archives.p.database", "holds all databases")]
    [InlineData("archives: { p: { folder: /backups, format: db } }", 26, "archives.p.folder", "same place as repositories.local.path")]
    [InlineData("archives: { p: { folder: b, format: db, prefix: a/b } }", 49, "archives.p.prefix", "does not fit")]
    [InlineData("archives: { p: { folder: b, format: db, keep_last: many } }", 52, "archives.p.keep_last", "is no whole number")]
    [InlineData("archives: { p: { folder: b, format: db }, q: { folder: ./b, format: db } }", 56, "archives.q.folder", "archives.p has the same folder")]
    public void Names_the_place_of_a_wrong_archive(string line, int column, string path, string message) =>
        CheckOnlyError(line, column, path, message);

    [Fact]
    public void An_archive_of_one_database_says_which_when_there_are_several()
    {
        var result = ManifestText.Read("""
            application: orchard
            databases: { main: { sqlite: a.db }, logs: { sqlite: b.db } }
            repositories: { local: { path: /backups } }
            archives:
              p: { folder: b, format: sql.gz }
            """);

        var error = Assert.Single(result.Errors);
        Assert.Equal((5, 27, "archives.p"), (error.Line, error.Column, error.Path));
        Assert.Equal("add database: NAME", error.Hint);
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var result = ManifestText.Read(ManifestText.Smallest + """
            service: { systemd: a, timeout: 5 }
            backup: { befor: [], suspicious_drop: 2 }
            archives: { p: { folder: b, format: db.gpg } }
            """);

        Assert.Equal(
            ["service.timeout", "backup.befor", "backup.suspicious_drop", "archives.p"], result.Errors.Select(error => error.Path));
        Assert.Equal("did you mean 'before'?", result.Errors[1].Hint);
    }

    [Theory]
    [InlineData("rest: \"https://joe:hunter2@host/\"", "rest", "holds a password")]
    [InlineData("rest: \"ftp://joe:hunter2@host/\"", "rest", "is no such address")]
    [InlineData("s3: \"https://joe:hunter2@host\"", "s3", "is no such address")]
    public void An_address_that_may_hold_a_password_is_not_repeated(string address, string key, string expected)
    {
        var error = ManifestText.OnlyError($"application: a\ndatabases: {{ main: {{ sqlite: a.db }} }}\nrepositories: {{ far: {{ {address} }} }}\n");

        Assert.Equal($"repositories.far.{key}", error.Path);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sftp: 'backup@host:/srv'")]
    [InlineData("path: /backups")]
    public void Certificates_are_only_for_what_uses_them(string address)
    {
        var error = ManifestText.OnlyError($"application: a\ndatabases: {{ main: {{ sqlite: a.db }} }}\nrepositories:\n  far:\n    {address}\n    ca: storage.pem\n");

        Assert.Equal((6, 5, "repositories.far.ca"), (error.Line, error.Column, error.Path));
        Assert.Equal("the key 'ca' is only for 's3' and 'rest'", error.Message);
        Assert.Contains("known_hosts", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3: https://host/bucket")]
    [InlineData("rest: https://host/")]
    public void Certificates_stand_beside_what_uses_them(string address)
    {
        Assert.Empty(ManifestText.Read($"application: a\ndatabases: {{ main: {{ sqlite: a.db }} }}\nrepositories: {{ far: {{ {address}, ca: storage.pem }} }}\n").Errors);
    }

    private static void CheckOnlyError(string line, int column, string path, string message)
    {
        var error = ManifestText.OnlyError(ManifestText.Smallest + line);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal((4, column, path), (error.Line, error.Column, error.Path));
    }
}
