using Holdfast.EndToEnd.Cli;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Examples;

/// <summary>The program under the name of an application, through a link: it is about that application, wherever the user is.</summary>
public sealed class OtherNameTests
{
    private static Task<ExampleApplication> StartAsync() => ExampleApplication.StartAsync("netvantage", "netvantage.db");

    [Fact]
    public async Task Through_a_link_to_the_launcher_the_handbooks_lines_work_from_any_folder()
    {
        await using var monitor = await StartAsync();
        var home = Directory.CreateDirectory(monitor["home"]).FullName;
        NameManifest(monitor);
        var netvantage = LinkedLauncher(monitor);

        foreach (var line in new[]
        {
            "init", "backup --output x.tar.gz", "backup --db-only --output db.bak", "verify x.tar.gz", "restore --input x.tar.gz --yes",
        })
        {
            (await RunningProcess.RunAsync(netvantage, line.Split(' '), monitor.Holdfast.Variables, home)).Expect(0);
            if (line.StartsWith("verify", StringComparison.Ordinal)) await NetvantageTests.ChangeAsync(monitor);
        }

        await NetvantageTests.AssertSavedStateAsync(monitor);
        Assert.Equal(["db.bak", "db.bak.meta", "x.tar.gz"], Directory.GetFileSystemEntries(home).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains(
            monitor.Root, (await RunningProcess.RunAsync(netvantage, ["config", "show"], monitor.Holdfast.Variables, home)).Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_never_touches_another_application_whose_folder_the_user_is_in()
    {
        await using var monitor = await StartAsync();
        monitor.Holdfast.With("HOLDFAST_INVOKED_AS", "nerve").With("HOLDFAST_MANIFESTS", monitor["manifests"]);

        var refused = await monitor.JsonAsync(2, "init");
        monitor.Holdfast.With("HOLDFAST_INVOKED_AS", "netvantage");
        await monitor.JsonAsync(0, "init", "--no-backup");

        refused.ExpectFailure(2, "\"netvantage\"");
        Assert.Contains("--config", refused.Text("hint"), StringComparison.Ordinal);
    }

    private static void NameManifest(ExampleApplication monitor)
    {
        Directory.CreateDirectory(monitor["manifests"]);
        File.CreateSymbolicLink(monitor["manifests", "netvantage.yaml"], monitor.Manifest);
        monitor.Holdfast.With("HOLDFAST_MANIFESTS", monitor["manifests"]);
    }

    /// <summary>The launcher of the repository, beside a program that is built already: the one that the tests were built with.</summary>
    private static string LinkedLauncher(ExampleApplication monitor)
    {
        var install = monitor["install"];
        var program = Path.Combine(install, "src", "Holdfast.Cli", "bin", "Release", "net10.0", "holdfast.dll");
        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        foreach (var folder in new[] { ".ci", ".artifacts", "bin" }) Directory.CreateDirectory(Path.Combine(install, folder));
        File.WriteAllText(program, string.Empty);
        File.Copy(Path.Combine(ExampleApplication.SourceTree(), "holdfast"), Path.Combine(install, "holdfast"));
        File.Copy(Path.Combine(ExampleApplication.SourceTree(), ".ci", "ground.sh"), Path.Combine(install, ".ci", "ground.sh"));
        File.WriteAllText(Path.Combine(install, ".artifacts", "launcher.stamp"), string.Empty);
        var dotnet = Path.Combine(install, "bin", "dotnet");
        File.WriteAllText(dotnet, $"#!/bin/sh\n[ \"$1\" = '{program}' ] || exit 99\nshift\nexec '{RealDotnet()}' '{HoldfastProgram.Library}' \"$@\"\n");
        File.SetUnixFileMode(dotnet, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        monitor.Holdfast.With("PATH", Path.GetDirectoryName(dotnet) + ":" + Environment.GetEnvironmentVariable("PATH"));
        return File.CreateSymbolicLink(Path.Combine(install, "bin", "netvantage"), "../holdfast").FullName;
    }

    private static string RealDotnet() => Path.IsPathRooted(HoldfastProgram.Command[0]) ? HoldfastProgram.Command[0] : RealComponent.Require("dotnet");
}
