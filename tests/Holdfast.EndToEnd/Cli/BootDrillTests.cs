using System.Text.Json;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>The application itself, started on a restored copy.</summary>
public sealed class BootDrillTests : IAsyncLifetime
{
    private Workplace _place = null!;
    private SampleShop _shop = null!;

    private string Marker => _place["scratch"];

    public async ValueTask InitializeAsync()
    {
        _place = await Workplace.CreateAsync();
        _shop = new SampleShop(_place.Application);
        Directory.CreateDirectory(_place["scratch"]);
        _place.Holdfast.With("TMPDIR", _place["scratch"]);
        using var connection = Workplace.Connect(_shop.Database);
        using var command = connection.CreateCommand();
        command.CommandText = "create table orders(id integer primary key, item text not null); insert into orders(item) values('tea'), ('tea')";
        command.ExecuteNonQuery();
    }

    public ValueTask DisposeAsync()
    {
        _shop.Dispose();
        _place.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task An_application_that_works_on_the_copy_is_proven_with_the_time_it_took_and_leaves_nothing_behind()
    {
        // The real one runs meanwhile, on its own port and files.
        await using var real = await _shop.RunAsync();
        Declare();
        await BackUpAsync();
        var drill = await DrillAsync(0);
        var boot = Boot(drill);
        Assert.True(boot.GetProperty("passed").GetBoolean());
        Assert.Contains("healthy after", boot.Text("detail"), StringComparison.Ordinal);
        Assert.True(boot.GetProperty("seconds").GetDouble() > 0);
        AssertNothingIsLeft();
        Assert.False(real.HasExited);
        Assert.Contains($"pid={real.Id} ", await _shop.AnswerAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unhealthy", "status 500")]
    [InlineData("broken", "ended with exit code 7")]
    public async Task An_application_that_does_not_work_on_the_copy_is_not_proven(string mode, string seen)
    {
        _shop.Configure(mode);
        // The unhealthy one must have answered by then; the other one is not waited for.
        Declare(timeout: "15s");
        await BackUpAsync();
        var boot = Boot(await DrillAsync(1));
        Assert.False(boot.GetProperty("passed").GetBoolean());
        Assert.Contains(seen, boot.Text("detail"), StringComparison.Ordinal);
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task An_application_that_reaches_for_the_real_data_is_ended()
    {
        Declare(root: _place.Application);
        await BackUpAsync();
        var boot = Boot(await DrillAsync(1));
        Assert.Contains("of the real application", boot.Text("detail"), StringComparison.Ordinal);
        AssertNothingIsLeft();
        Assert.Empty(Processes("--port"));
    }

    [Fact]
    public async Task A_question_that_the_real_application_answers_proves_nothing()
    {
        await using var real = await _shop.RunAsync();
        Declare(url: _shop.HealthUrl);
        await BackUpAsync();
        Assert.Contains("before anything was started", Boot(await DrillAsync(1)).Text("detail"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(15)]
    public async Task Nothing_stays_running_when_the_drill_is_killed(int signal)
    {
        _shop.Configure("stubborn", delay: 3_600_000);
        Declare(timeout: "1h");
        await BackUpAsync();
        await using (var drill = _place.Holdfast.Start("drill", "--boot", "--config", Path.Combine(_place.Application, "holdfast.yaml")))
        {
            await Conditions.Eventually("the application was started on the copy", () => Processes(Marker).Count > 0);
            drill.Signal(signal);
            await drill.WaitForExitAsync();
        }

        await Conditions.Eventually("the application has ended", () => Processes(Marker).Count == 0);
    }

    [Fact]
    public async Task A_boot_needs_a_manifest_that_describes_it()
    {
        _place.Write("holdfast.yaml", $"application: shop\ndatabases: {{ main: {{ sqlite: shop.db }} }}\nrepositories: {{ local: {{ path: {_place.Repository} }} }}\n");
        await BackUpAsync();
        Assert.Contains("drill.boot", (await _place.Holdfast.TryRunInAsync(_place.Application, "drill", "--boot")).Expect(2).Error, StringComparison.Ordinal);
    }

    private void Declare(string root = "{root}", string url = "http://127.0.0.1:{port}/health", string timeout = "10m") => _place.Write("holdfast.yaml", $$"""
        application: shop
        databases: { main: { sqlite: shop.db } }
        files: { config: [shop.conf] }
        repositories: { local: { path: {{_place.Repository}} } }
        drill:
          boot:
            command: ["{{SampleShop.Program}}", serve, --root, "{{root}}", --port, "{port}", --pid-file, "{root}/copy.pid"]
            health: { url: "{{url}}", timeout: {{timeout}} }
        """);

    private async Task BackUpAsync() => (await _place.Holdfast.TryRunInAsync(_place.Application, "backup")).Expect(0);

    private async Task<JsonElement> DrillAsync(int exitCode) =>
        (await _place.Holdfast.TryRunInAsync(_place.Application, "drill", "--boot", "--json")).Expect(exitCode).Json();

    private static JsonElement Boot(JsonElement drill) => drill.GetProperty("checks").EnumerateArray().Single(check => check.Text("name") == "boot");

    private void AssertNothingIsLeft()
    {
        Assert.Empty(Directory.GetFileSystemEntries(_place["scratch"]));
        Assert.Empty(Processes(Marker));
    }

    /// <summary>The processes of the sample application with this in their arguments.</summary>
    private List<string> Processes(string argument)
    {
        var found = new List<string>();
        foreach (var folder in Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                var words = File.ReadAllText(Path.Combine(folder, "cmdline"));
                if (words.StartsWith(SampleShop.Program, StringComparison.Ordinal)
                    && words.Contains(argument, StringComparison.Ordinal) && words.Contains(_place.Root, StringComparison.Ordinal))
                    found.Add(words);
            }
            catch (IOException)
            {
                // It ended while the list was read.
            }
        }

        return found;
    }
}
