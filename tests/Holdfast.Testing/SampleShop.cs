using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Testing;

/// <summary>The application of tests/Holdfast.SampleApp in a folder of its own. Disposing it kills every process that serves that folder.</summary>
public sealed class SampleShop : IDisposable
{
    private readonly TempDirectory? _own;

    /// <param name="root">The application's folder, which exists; null for a new one that goes away with this.</param>
    public SampleShop(string? root = null)
    {
        _own = root is null ? new TempDirectory() : null;
        Root = root ?? _own!.Path;
        Port = LoopbackPort.Free();
        Configure("normal");
    }

    /// <summary>The compiled application.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "Holdfast.SampleApp");

    public string Root { get; }

    public int Port { get; }

    public string PidFile => Path.Combine(Root, "shop.pid");

    public string Database => Path.Combine(Root, "shop.db");

    public string HealthUrl => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/health");

    /// <summary>Stays in the foreground.</summary>
    public IReadOnlyList<string> Serve => [Program, "serve", .. Options];

    /// <summary>Goes into the background, and keeps the outputs of whoever runs it open.</summary>
    public IReadOnlyList<string> Start => [Program, "start", .. Options];

    public IReadOnlyList<string> Stop => [Program, "stop", "--pid-file", PidFile];

    public IReadOnlyList<string> Status => [Program, "status", "--pid-file", PidFile];

    /// <summary>The process that its pid file names, while it runs.</summary>
    public int? ProcessId => File.Exists(PidFile) && int.TryParse(File.ReadAllText(PidFile), CultureInfo.InvariantCulture, out var id)
        && Directory.Exists($"/proc/{id}") ? id : null;

    private string[] Options => ["--root", Root, "--pid-file", PidFile];

    /// <summary>Writes its settings, which it reads when it starts.</summary>
    /// <param name="mode">normal, unhealthy, stubborn, slow (to end) or broken.</param>
    /// <param name="delay">Milliseconds before it listens.</param>
    /// <param name="greeting">What its health page shows.</param>
    public void Configure(string mode, int delay = 0, string greeting = "hello") => File.WriteAllText(
        Path.Combine(Root, "shop.conf"), string.Create(CultureInfo.InvariantCulture, $"port: {Port}\nmode: {mode}\ndelay: {delay}\ngreeting: {greeting}\n"));

    /// <summary>Starts it, and waits until it answers.</summary>
    public async Task<RunningProcess> RunAsync()
    {
        var process = RunningProcess.Start(Serve[0], Serve.Skip(1));
        await process.WaitForLineAsync(line => line.StartsWith("port=", StringComparison.Ordinal));
        return process;
    }

    /// <summary>What its health page shows; null when nobody answers.</summary>
    public async Task<string?> AnswerAsync()
    {
        using var client = new HttpClient();
        try
        {
            using var response = await client.GetAsync(HealthUrl);
            return await response.Content.ReadAsStringAsync();
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        foreach (var process in Process.GetProcessesByName("Holdfast.SampleApp"))
        {
            using (process)
            {
                if (Serves(process.Id)) process.Kill();
            }
        }

        _own?.Dispose();
    }

    private bool Serves(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Contains($"--root\0{Root}\0", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
