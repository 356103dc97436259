using Xunit;

namespace Holdfast.EndToEnd.Cli;

public sealed class ConfigTests : WorkplaceTests
{
    private string Manifest => Path.Combine(Place.Application, "holdfast.yaml");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Place.Database("main.db");
        Write(string.Empty);
    }

    [Fact]
    public async Task Warnings_alone_are_no_failure()
    {
        var document = await Place.JsonAsync(0, "config", "check", "--config", Manifest);

        document.ExpectFields("manifest", "errors", "warnings", "findings");
        Assert.Equal((0, 1), (document.GetProperty("errors").GetInt32(), document.GetProperty("warnings").GetInt32()));
        var finding = document.GetProperty("findings")[0];
        finding.ExpectFields("severity", "line", "column", "key", "message", "hint");
        Assert.Equal(("warning", "repositories.local.path"), (finding.Text("severity"), finding.Text("key")));
    }

    [Fact]
    public async Task What_is_not_as_the_manifest_says_is_named_with_its_line_and_ends_with_1()
    {
        Write("backup: { before: [[./absent]] }\narchives: { p: { folder: out, format: db, database: main } }");
        File.WriteAllText(Manifest, File.ReadAllText(Manifest).Replace("sqlite: main.db", "sqlite: main.db, expect_tables: [persons]", StringComparison.Ordinal));

        var result = (await Place.Holdfast.TryRunAsync("config", "check", "--config", Manifest)).Expect(1);

        Assert.Contains($"{Manifest}:2:55: databases.main.expect_tables[0]: there is no table \"persons\"", result.Output, StringComparison.Ordinal);
        Assert.Contains($"{Manifest}:4:20: backup.before[0]: there is no program \"./absent\"", result.Output, StringComparison.Ordinal);
        Assert.Contains("2 errors, 3 notes", result.Output, StringComparison.Ordinal);
        var quiet = (await Place.Holdfast.TryRunAsync("config", "check", "--quiet", "--config", Manifest)).Expect(1);
        Assert.Contains("backup.before[0]", quiet.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paths_that_are_not_there_a_database_named_twice_and_a_service_that_does_not_answer_are_told()
    {
        File.CreateSymbolicLink(Place["application", "other.db"], Place["application", "main.db"]);
        Write("files: { config: [absent.conf] }\nservice: { start: \"true\", stop: \"true\", status: \"true\", health: \"http://127.0.0.1:1/\" }");
        File.WriteAllText(Manifest, File.ReadAllText(Manifest).Replace("main: { sqlite: main.db }", "main: { sqlite: main.db }, again: { sqlite: other.db }, gone: { sqlite: gone.db }", StringComparison.Ordinal));

        var findings = (await Place.JsonAsync(1, "config", "check", "--config", Manifest)).GetProperty("findings").EnumerateArray()
            .ToDictionary(finding => finding.Text("key"), finding => finding.Text("severity") + ": " + finding.Text("message"), StringComparer.Ordinal);

        Assert.Matches("error: .*absent.conf.* does not exist", findings["files.config[0]"]);
        Assert.Matches("error: .*gone.db.* does not exist", findings["databases.gone.sqlite"]);
        Assert.Contains("the same file as databases.main.sqlite", findings["databases.again.sqlite"], StringComparison.Ordinal);
        Assert.Contains("the application does not say that it works", findings["service.health"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_manifest_that_is_not_understood_is_wrong_usage()
    {
        Write("servise: { systemd: x }");

        (await Place.JsonAsync(2, "config", "check", "--config", Manifest)).ExpectFailure(2, "servise");
    }

    [Fact]
    public async Task The_effective_manifest_is_shown_without_secrets_and_can_be_used()
    {
        Write("service: { systemd: orchard, health: 'http://admin:hunter2@127.0.0.1/x' }");

        var shown = await Place.Holdfast.RunAsync("config", "show", "--config", Manifest);

        Assert.DoesNotContain("hunter2", shown.Output, StringComparison.Ordinal);
        Assert.Contains($"sqlite: {Place.Application}/main.db", shown.Output, StringComparison.Ordinal);
        var other = Place.Write("other.yaml", shown.Output);
        Assert.Equal(shown.Output.TrimEnd(), (await Place.JsonAsync(0, "config", "show", "--config", other)).Text("yaml").TrimEnd());
    }

    [Fact]
    public async Task Without_a_manifest_both_say_how_to_get_one()
    {
        foreach (var verb in new[] { "check", "show" })
        {
            var result = (await Place.Holdfast.TryRunInAsync(Place.Root, "config", verb)).Expect(2);
            Assert.Contains("holdfast init", result.Error, StringComparison.Ordinal);
        }

        // The noun alone is answered with its verbs.
        var help = (await Place.Holdfast.TryRunAsync("config")).Expect(2).Error;
        Assert.Contains("check", help, StringComparison.Ordinal);
        Assert.Contains("show", help, StringComparison.Ordinal);
    }

    private void Write(string more) => Place.Write("holdfast.yaml", $$"""
        application: orchard
        databases: { main: { sqlite: main.db } }
        repositories: { local: { path: {{Place.Repository}} } }
        {{more}}
        """);
}
