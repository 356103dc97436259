using System.Globalization;
using Holdfast.EndToEnd.Cli;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Testing;

namespace Holdfast.EndToEnd.Restores;

/// <summary>
/// The sample application as users run it: its own folder with a manifest, started in the background, writing orders without end; and the
/// real program that looks after it.
/// </summary>
internal sealed class RunningShop : IDisposable
{
    private readonly Workplace _place;

    private RunningShop(Workplace place)
    {
        _place = place;
        Shop = new SampleShop(place.Application);
    }

    public SampleShop Shop { get; }

    public string Root => _place.Application;

    public HoldfastProgram Holdfast => _place.Holdfast;

    public Workplace Place => _place;

    public string Manifest => Path.Combine(Root, "holdfast.yaml");

    /// <summary>One that runs, with one backup of its first state: greeting "old".</summary>
    /// <param name="service">The manifest's lines below `service:`; null for the sample's own commands and its health page.</param>
    public static async Task<RunningShop> CreateAsync(string? service = null)
    {
        var shop = new RunningShop(await Workplace.CreateAsync());
        shop.Shop.Configure("normal", greeting: "old");
        shop.WriteManifest(service ?? shop.OwnCommands());
        Directory.CreateDirectory(Path.Combine(shop.Root, "certs"));
        await File.WriteAllTextAsync(Path.Combine(shop.Root, "certs", "ca.pem"), "old certificate");
        await shop.StartAsync();
        await shop.WaitForOrdersAsync(5);
        await shop.RunAsync("backup");
        return shop;
    }

    /// <param name="healthTimeout">How long it may take to be healthy. Short only where a test waits until it is over.</param>
    /// <param name="timeout">Of a stop or a start; likewise.</param>
    public string OwnCommands(string healthTimeout = "10m", string timeout = "10m") => $"""
          start: [{Words(Shop.Start)}]
          stop: [{Words(Shop.Stop)}]
          status: [{Words(Shop.Status)}]
          timeout: {timeout}
          health: {"{"} url: "{Shop.HealthUrl}", timeout: {healthTimeout} {"}"}
        """;

    /// <summary>The form with a pid file.</summary>
    /// <param name="start">The program that starts it; null where something else does.</param>
    /// <param name="timeout">Of a stop or a start. Short only where a test waits until it is over.</param>
    public string OwnProcess(IEnumerable<string>? start, string timeout = "10m") => $"""
          process: {"{"} pid_file: shop.pid, signal: TERM{(start is null ? string.Empty : $", start: [{Words(start)}]")} {"}"}
          timeout: {timeout}
          health: {"{"} url: "{Shop.HealthUrl}", interval: 100ms, timeout: 10m {"}"}
        """;

    /// <param name="service">The lines below `service:`; empty for none.</param>
    /// <param name="files">The lines below `files:` in place of the sample's own.</param>
    public void WriteManifest(string service, string files = "config: [shop.conf]\n  certs: [certs]") => File.WriteAllText(Manifest, $"""
        application: shop
        databases:
          main:
            sqlite: shop.db
            expect_tables: [orders]
            assertions: ["select count(*) > 0 from orders"]
        files:
          {files}
        repositories:
          local: {"{"} path: "{_place.Repository}" {"}"}
        {(service.Length == 0 ? string.Empty : "service:")}
        {service}
        """);

    // What it starts would keep the pipes of this process open.
    public async Task StartAsync()
    {
        (await RunningProcess.RunAsync("sh", ["-c", "exec \"$@\" > /dev/null 2>&1 < /dev/null", "sh", .. Shop.Start])).Expect(0);
        await Conditions.Eventually("the shop answers", async () => await Shop.AnswerAsync() is not null);
    }

    public async Task StopAsync() => (await RunningProcess.RunAsync(Shop.Stop[0], [.. Shop.Stop.Skip(1)])).Expect(0);

    /// <summary>Runs the program in the application's folder and expects success.</summary>
    public async Task<ProgramResult> RunAsync(params string[] arguments) => (await TryRunAsync(arguments)).Expect(0);

    public Task<ProgramResult> TryRunAsync(params string[] arguments) => Holdfast.TryRunInAsync(Root, arguments);

    /// <summary>Changes configuration and certificates, and lets orders come in.</summary>
    public async Task ChangeAsync()
    {
        Shop.Configure("normal", greeting: "new");
        await File.WriteAllTextAsync(Path.Combine(Root, "certs", "ca.pem"), "new certificate");
        await WaitForOrdersAsync(Orders() + 5);
    }

    /// <summary>Orders in the database, read as another process would.</summary>
    public long Orders()
    {
        using var connection = SqliteConnections.Open(Shop.Database);
        return Convert.ToInt64(connection.Scalar("select count(*) from orders"), CultureInfo.InvariantCulture);
    }

    public Task WaitForOrdersAsync(long count) => Conditions.Eventually($"{count} orders", () => File.Exists(Shop.Database) && TryOrders() >= count);

    public void Dispose()
    {
        Shop.Dispose();
        _place.Dispose();
    }

    private long TryOrders()
    {
        try
        {
            return Orders();
        }
        catch (Exception error) when (error is Microsoft.Data.Sqlite.SqliteException or global::Holdfast.Restic.Failures.HoldfastException)
        {
            // It is only being made.
            return 0;
        }
    }

    private static string Words(IEnumerable<string> words) => string.Join(", ", words.Select(word => $"\"{word}\""));
}
