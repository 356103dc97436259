using Holdfast.Engine.Databases;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Secrets;
using Xunit;

namespace Holdfast.Tests.Engine.Manifest;

public sealed class ManifestPostgresTests
{
    [Fact]
    public void A_connection_string_and_a_mapping_say_the_same()
    {
        var manifest = ManifestText.Read(With("""
            text: { postgres: "host=/run/postgresql port=5433 dbname=orchard user=app", password: { file: ../key }, expect_tables: [t], assertions: [select 1] }
              map: { postgres: { host: /run/postgresql, port: 5433, database: orchard, user: app } }
              address: { postgres: postgresql://app@/orchard?host=/run/postgresql&port=5433 }
              file: { sqlite: a.db }
            """)).Require();

        Assert.Equal(["file"], manifest.Databases.Select(database => database.Name));
        Assert.Equal(["text", "map", "address"], manifest.ServedDatabases.Select(database => database.Name));
        Assert.All(manifest.ServedDatabases, database => Assert.Equal(
            "dbname=orchard host=/run/postgresql port=5433 user=app",
            string.Join(' ', database.Address.Settings.OrderBy(setting => setting.Key, StringComparer.Ordinal).Select(setting => $"{setting.Key}={setting.Value}"))));
        var first = manifest.ServedDatabases[0];
        Assert.Equal(new PassphraseSource.SecretFile("/srv/key"), first.Address.Password);
        Assert.Equal(("t", "select 1"), (Assert.Single(first.ExpectTables), Assert.Single(first.Assertions)));
    }

    [Fact]
    public void Files_of_a_mapping_are_below_the_root()
    {
        var address = ManifestText.Read(With("main: { postgres: { service: orchard, service_file: conf/services, passfile: conf/pgpass, sslrootcert: /etc/ssl/root.crt, sslmode: verify-full } }"))
            .Require().ServedDatabases[0].Address;

        Assert.Equal("/srv/orchard/conf/services", address.ServiceFile);
        Assert.Equal("/srv/orchard/conf/pgpass", address.Settings["passfile"]);
        Assert.Equal("/etc/ssl/root.crt", address.Settings["sslrootcert"]);
    }

    [Fact]
    public void The_form_is_a_dump_unless_the_cluster_is_asked_for()
    {
        var databases = ManifestText.Read(With("""
            dump: { postgres: dbname=a }
              cluster: { postgres: dbname=a, form: physical, max_rate: 20M }
            """)).Require().ServedDatabases;

        Assert.Equal([(ServedForm.Logical, null), (ServedForm.Physical, 20L << 20)], databases.Select(database => (database.Form, database.MaxRate)));
    }

    [Theory]
    [InlineData("main: { postgres: dbname=a, form: both }")]
    [InlineData("main: { postgres: dbname=a, form: physical, max_rate: 1K }")]
    [InlineData("main: { postgres: dbname=a, max_rate: 1M }")]
    [InlineData("main: { sqlite: a.db, form: physical }")]
    public void A_form_that_does_not_fit_is_refused(string text) => Assert.NotEmpty(ManifestText.Read(With(text)).Errors);

    [Theory]
    [InlineData("main: { postgres: \"host=a password=hunter2\" }", "databases.main.postgres", "password")]
    [InlineData("main: { postgres: \"postgresql://u:hunter2@a/b\" }", "databases.main.postgres", "password")]
    [InlineData("main: { postgres: { host: a, password: hunter2 } }", "databases.main.postgres.password", "unknown key")]
    [InlineData("main: { postgres: \"dbname=a\", password: hunter2 }", "databases.main.password", "expected a mapping")]
    [InlineData("main: { postgres: \"hots=a\" }", "databases.main.postgres", "known are")]
    [InlineData("main: { postgres: { host: a, port: 70000 } }", "databases.main.postgres.port", "65535")]
    [InlineData("main: { postgres: { host: a, sslmode: verify } }", "databases.main.postgres.sslmode", "verify-ca")]
    [InlineData("main: { sqlite: a.db, postgres: \"dbname=a\" }", "databases.main", "only one of these")]
    [InlineData("main: { sqlite: a.db, password: { env: A } }", "databases.main", "'postgres' beside it")]
    [InlineData("main: { expect_tables: [a] }", "databases.main", "nothing is given")]
    public void Mistakes_are_told_with_their_place_and_without_the_secret(string database, string key, string expected)
    {
        var error = ManifestText.OnlyError(With(database));

        Assert.Equal(key, error.Path);
        Assert.Contains(expected, error.Message + error.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_effective_manifest_is_one_again_and_an_archive_of_one_database_means_a_file()
    {
        var yaml = With("""
            main: { postgres: "dbname='it\\'s' connect_timeout=3", password: { command: pass show x } }
              other: { postgres: { service: s, service_file: f, port: 1 } }
              file: { sqlite: a.db }
            """) + "archives: { p: { folder: out, format: db } }\n";

        var first = EffectiveManifest.Write(ManifestText.Read(yaml).Require());
        Assert.Equal(first, EffectiveManifest.Write(ManifestText.Read(first).Require()));
        Assert.Contains("connect_timeout=3", first, StringComparison.Ordinal);
        Assert.Contains("service_file: /srv/orchard/f\n", first, StringComparison.Ordinal);
    }

    private static string With(string databases) => $"""
        application: orchard
        databases:
          {databases}
        repositories: {"{"} local: {"{"} path: /backups {"}"} {"}"}

        """;
}
