using System.Globalization;
using System.Text.Json;
using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Examples;

/// <summary>
/// One of the folders in examples as somebody who reads its page has it: copied, with sample data, its application running and writing, a
/// key and a repository made by the real program, which has nothing but the manifest to go by.
/// </summary>
internal sealed class ExampleApplication : IAsyncDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly SmallFileSystem? _small;
    private readonly string _control;

    private ExampleApplication(string name, string database, SmallFileSystem? small)
    {
        _small = small;
        Root = Path.Combine(small?.Path ?? _temp.Path, "examples", name);
        Database = Path.Combine(Root, "data", database);
        _control = Path.Combine(Root, name switch { "netvantage" => "netvantagectl", "server-monitor" => "monitorctl", "workspace" => "workspacectl", _ => "nervectl" });
    }

    /// <summary>The application's folder.</summary>
    public string Root { get; }

    public string Database { get; }

    public string Manifest => Path.Combine(Root, "holdfast.yaml");

    public HoldfastProgram Holdfast { get; } = new(repository: null, passphrase: null);

    /// <summary>A path outside the application.</summary>
    public string this[params string[] parts] => _temp[parts];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Copies it, makes its data and starts it.</summary>
    /// <param name="small">Where it is to live, other than in a temporary folder; disposed with this.</param>
    public static async Task<ExampleApplication> StartAsync(string name, string database, SmallFileSystem? small = null)
    {
        var application = await InstallAsync(name, database, small);
        return await application.OrStoppedAsync(async () =>
        {
            await application.ShellAsync("./make-sample");
            await application.ControlAsync("start");
        });
    }

    /// <summary>The same with key and repository, and no backup yet.</summary>
    /// <param name="variables">Of the program's environment.</param>
    public static async Task<ExampleApplication> ReadyAsync(string name, string database, params (string Name, string Value)[] variables)
    {
        var application = await StartAsync(name, database);
        foreach (var (variable, value) in variables) application.Holdfast.With(variable, value);
        return await application.OrStoppedAsync(() => application.RunAsync(0, "init", "--no-backup"));
    }

    /// <summary>Only the application, as on a new host: no data, not running.</summary>
    public static async Task<ExampleApplication> InstallAsync(string name, string database, SmallFileSystem? small = null)
    {
        foreach (var program in new[] { "sqlite3", "setsid", "flock", "tar" }) RealComponent.Require(program);
        var application = new ExampleApplication(name, database, small);
        (await RunningProcess.RunAsync("cp", ["-R", Path.Combine(SourceTree(), "examples"), Path.GetDirectoryName(Path.GetDirectoryName(application.Root))!])).Expect(0);
        return application;
    }

    /// <summary>start, stop, status or health of the application itself.</summary>
    public async Task ControlAsync(string action) => (await RunningProcess.RunAsync(_control, [action], workingDirectory: Root)).Expect(0);

    public async Task<bool> IsHealthyAsync() => (await RunningProcess.RunAsync(_control, ["health"], workingDirectory: Root)).ExitCode == 0;

    /// <summary>The process that serves; it is another one after a restart.</summary>
    public int ProcessId() => int.Parse(File.ReadAllText(Path.Combine(Root, "run", "app.pid")), CultureInfo.InvariantCulture);

    /// <summary>Runs the program in the application's folder.</summary>
    public async Task<ProgramResult> RunAsync(int exitCode, params string[] arguments) =>
        (await Holdfast.TryRunInAsync(Root, arguments)).Expect(exitCode);

    public async Task<JsonElement> JsonAsync(int exitCode, params string[] arguments) => (await RunAsync(exitCode, [.. arguments, "--json"])).Json();

    /// <summary>The same with somebody who answers.</summary>
    public async Task<ProgramResult> AnsweringAsync(int exitCode, string answers, params string[] arguments) => (await RunningProcess.RunAsync(
        HoldfastProgram.Command[0], [.. HoldfastProgram.Command.Skip(1), .. arguments], Holdfast.Variables, Root, answers)).Expect(exitCode);

    /// <summary>A shell command in the application's folder.</summary>
    public async Task<string> ShellAsync(string command) =>
        (await RunningProcess.RunAsync("/bin/sh", ["-ec", command], workingDirectory: Root)).Expect(0).Output;

    /// <summary>What stock sqlite3 says, beside the running application.</summary>
    public Task<string> AskAsync(string sql) => AskAsync(Database, sql);

    public static async Task<string> AskAsync(string database, string sql) =>
        (await RunningProcess.RunAsync(RealComponent.Require("sqlite3"), ["-cmd", ".timeout 5000", database, sql])).Expect(0).Output.Trim();

    /// <summary>Waits until the application has written more.</summary>
    public async Task WaitForWritesAsync(string table)
    {
        async Task<long> CountAsync() => long.Parse(await AskAsync($"select count(*) from {table}"), CultureInfo.InvariantCulture);
        var before = await CountAsync();
        await Conditions.Eventually($"there are more rows in {table}", async () => await CountAsync() > before);
    }

    public Task<string> ReadAsync(string name) => File.ReadAllTextAsync(Path.Combine(Root, name), Token);

    public void Write(string name, string content) => File.WriteAllText(Path.Combine(Root, name), content);

    /// <summary>Changes the manifest; the old text must be there.</summary>
    public void Edit(string old, string with)
    {
        var text = File.ReadAllText(Manifest);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(Manifest, text.Replace(old, with, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await ControlAsync("stop");
        Holdfast.Dispose();
        _small?.Dispose();
        _temp.Dispose();
    }

    private async Task<ExampleApplication> OrStoppedAsync(Func<Task> work)
    {
        try
        {
            await work();
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>The folder of the whole repository that these tests were built from.</summary>
    public static string SourceTree()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Holdfast.slnx"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
