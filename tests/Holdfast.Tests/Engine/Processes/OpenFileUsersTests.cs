using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Processes;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.Tests.Engine.Processes;

public sealed class OpenFileUsersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Names_the_process_that_has_a_file_open_but_not_this_one()
    {
        using var temp = new TempDirectory();
        var (used, unused) = (FilePath.From(temp.WriteFile("used", "x")), FilePath.From(temp.WriteFile("unused", "x")));
        using var own = File.OpenRead(temp["used"]);
        var files = new[] { FileSystem.Status(used, followLinks: true).Identity, FileSystem.Status(unused, followLinks: true).Identity };
        await using (var process = RunningProcess.Start("sh", ["-c", "exec 7<\"$0\" 8<\"$0\"; echo open; read line", temp["used"]]))
        {
            await process.WaitForLineAsync(line => line == "open");
            // A renamed file is the same file.
            File.Move(temp["used"], temp["renamed"]);
            var user = Assert.Single(OpenFileUsers.Find(files, Cancellation).Users);
            Assert.Equal(new FileUser(process.Id, "sh", files[0]), user);
        }

        Assert.Empty(OpenFileUsers.Find(files, Cancellation).Users);
    }

    [Fact]
    public async Task A_child_that_is_just_being_started_uses_nothing()
    {
        using var temp = new TempDirectory();
        var file = FileSystem.Status(FilePath.From(temp.WriteFile("used", "x")), followLinks: true).Identity;
        using var own = File.OpenRead(temp["used"]);
        var starts = Task.Run(
            async () =>
            {
                for (var i = 0; i < 60; i++) await RunningProcess.RunAsync("true", []);
            },
            Cancellation);

        while (!starts.IsCompleted) Assert.Empty(OpenFileUsers.Find([file], Cancellation).Users);
        await starts;
    }

    [Fact]
    public void Says_when_it_could_not_look_everywhere()
    {
        RealComponent.RequireRoot("act as another user");
        // Threads of the kernel and zombies have no command line. Only those of before: what still runs now may have ended by the time it is asked for.
        var programless = Directory.GetDirectories("/proc").Where(HasNoCommandLine).Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)).ToHashSet();
        FileUsersResult? result = null;
        Tests.Engine.Files.OrdinaryUser.Run(() => result = OpenFileUsers.Find([], CancellationToken.None));
        Assert.NotEmpty(programless);
        Assert.DoesNotContain(result!.Uninspected, process => programless.Contains(process.ProcessId));
        Assert.DoesNotContain(result.Uninspected, process => process.ProcessId is 1 or 2);
    }

    private static bool HasNoCommandLine(string process)
    {
        if (!char.IsAsciiDigit(Path.GetFileName(process)[0])) return false;
        try
        {
            return File.ReadAllBytes(Path.Combine(process, "cmdline")).Length == 0;
        }
        catch (IOException)
        {
            // It has ended.
            return false;
        }
    }
}
