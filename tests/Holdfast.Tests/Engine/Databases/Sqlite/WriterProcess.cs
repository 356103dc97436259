using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Holdfast.Tests.Engine.Databases.Sqlite;

/// <summary>Another process that has the database open: tests/Holdfast.Writer.</summary>
internal sealed class WriterProcess : IDisposable
{
    private readonly Process _process;

    private WriterProcess(IEnumerable<string> command)
    {
        var (program, arguments) = (command.First(), command.Skip(1));
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "Holdfast.Writer");

    /// <summary>A process that runs the SQL it is given.</summary>
    public static WriterProcess Sql(string path) => new([Program, "sql", path]);

    /// <summary>A process that writes transfers until it is disposed of; calm means no explicit checkpoints and no VACUUM.</summary>
    public static WriterProcess Transfers(string path, int seed, bool calm = false)
    {
        var writer = new WriterProcess([Program, "transfers", path, seed.ToString(CultureInfo.InvariantCulture), calm ? "calm" : "wild"]);
        Assert.Equal("ready", writer._process.StandardOutput.ReadLine());
        return writer;
    }

    /// <summary>Takes an image as the user nobody; what it says.</summary>
    public static string ImageAsNobody(string path, string target)
    {
        using var writer = new WriterProcess(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", Program, "image", path, target]);
        return writer._process.StandardOutput.ReadToEnd().Trim();
    }

    /// <summary>Runs one statement; its first value, "" when there is none, or "error: …".</summary>
    public string Run(string sql)
    {
        _process.StandardInput.WriteLine(sql);
        _process.StandardInput.Flush();
        return _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the writer has ended");
    }

    /// <summary>Commits so far.</summary>
    public long Commits() => long.Parse(Run("count"), CultureInfo.InvariantCulture);

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(20))) Kill();
        }

        _process.Dispose();
    }
}
