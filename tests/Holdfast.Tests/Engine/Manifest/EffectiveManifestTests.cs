using Holdfast.Engine.Manifest;
using Holdfast.Engine.Manifest.Schema;
using Xunit;

namespace Holdfast.Tests.Engine.Manifest;

public sealed class EffectiveManifestTests
{
    private const string Everything = """
        application: orchard
        root: app
        databases: { main: { sqlite: a.db, expect_tables: ["odd: name"], assertions: ["select 'it''s' = \"x\" -- #"] }, two: { sqlite: /var/b.db } }
        files: { config: [.env, "*.y?ml"], certs: [certs] }
        exclude: ["*.tmp", "/cache/"]
        repositories: { local: { path: ../backups }, far: { rest: "https://h/x/", user: u, passphrase: { command: [pass, show, y] }, keep: { last: 4, safety: 2d } } }
        passphrase: { command: pass show x }
        version: 1.10
        service:
          process: { pid_file: run/a.pid, signal: INT, start: ./a }
          timeout: 90s
          health: { url: http://127.0.0.1/, timeout: 5m, interval: 100ms, successes: 2 }
        backup: { before: [[a, "b c"], d], after: ["e 'f g'"], quiesce: { pause: p, resume: r }, timeout: 36h, suspicious_drop: 30%, keep: { last: 1, hourly: 2, daily: 3, weekly: 4, monthly: 5, yearly: unlimited, within: 1d, within_hourly: 2d, within_daily: 1m, within_weekly: 2m, within_monthly: 1y6m, within_yearly: 5y, tags: [keep, "a,b"], safety: 14d } }
        drill: { after_backup: true, budget: 1h, boot: { command: ["{root}/a"], environment: { PORT: "{port}" }, health: { command: h, timeout: 2s } } }
        archives:
          p: { folder: out, format: sql.gz.gpg, database: two, passphrase: { file: k }, keep_last: 3, keep_days: 4 }
        """;

    [Theory]
    [InlineData(Everything)]
    [InlineData(ManifestText.Smallest)]
    [InlineData(ManifestSchema.Example)]
    [InlineData(ManifestText.Smallest + "version: { file: V }\nservice: { systemd: x, health: { command: y } }")]
    [InlineData("application: a\ndatabases: { main: { sqlite: a.db } }\nrepositories: { far: { s3: https://h/b, session_token: { env: T }, ca: c.pem, connections: 9, style: virtual-host, storage_class: GLACIER_IR, object_lock: { mode: governance, days: 30 } } }\ncheck: { read_within: 12w }")]
    [InlineData(ManifestText.Smallest + "version: { command: v }\nservice: { start: a, stop: b, status: c }\npassphrase: { env: E }")]
    public void The_text_is_a_manifest_that_says_the_same(string yaml)
    {
        var first = EffectiveManifest.Write(ManifestText.Read(yaml).Require());
        var second = ManifestText.Read(first);

        Assert.Empty(second.Errors);
        Assert.Equal(first, EffectiveManifest.Write(second.Require()));
    }

    [Fact]
    public void Paths_are_absolute_and_defaults_are_filled_in()
    {
        var text = EffectiveManifest.Write(ManifestText.Read(ManifestText.Smallest + "archives: { p: { folder: out, format: db } }").Require());

        Assert.Contains("sqlite: /srv/orchard/a.db\n", text, StringComparison.Ordinal);
        Assert.Contains("\nbackup:\n  before: []\n  after: []\n  timeout: 10m\n  suspicious_drop: 0.5\n", text, StringComparison.Ordinal);
        Assert.Contains("\ndrill:\n  after_backup: false\n  budget: 5m\n", text, StringComparison.Ordinal);
        Assert.Contains("    folder: /srv/orchard/out\n    format: db\n    prefix: orchard\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("service: { systemd: a, health: 'https://user:hunter2@h/x' }", "https://***@h/x")]
    [InlineData("service: { systemd: a, health: 'https://h/x?a=b&api_key=hunter2&c=d' }", "https://h/x?a=b&api_key=***&c=d")]
    [InlineData("drill: { boot: { command: a, health: http://h/, environment: { DB_PASSWORD: hunter2 } } }", "DB_PASSWORD: \"***\"")]
    [InlineData("drill: { boot: { command: a, health: http://h/, environment: { URL: 'postgres://u:hunter2@h/db' } } }", "postgres://***@h/db")]
    [InlineData("drill: { boot: { command: a, health: 'http://u:hunter2@h:{port}/' } }", "http://***@h:{port}/")]
    [InlineData("backup: { before: [[a, --token, hunter2]] }", "[[a, \"--token\", \"***\"]]")]
    [InlineData("backup: { after: [[a, --password=hunter2, 'PGPASSWORD=hunter2']] }", "\"--password=***\", \"PGPASSWORD=***\"")]
    public void Secrets_are_taken_out(string line, string shown)
    {
        var text = EffectiveManifest.Write(ManifestText.Read(ManifestText.Smallest + line).Require());

        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.Contains(shown, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_a_passphrase_comes_from_is_no_secret()
    {
        var text = EffectiveManifest.Write(ManifestText.Read(ManifestText.Smallest + "passphrase: { command: [pass, show, backup/password] }").Require());

        Assert.Contains("command: [pass, show, backup/password]", text, StringComparison.Ordinal);
    }
}
