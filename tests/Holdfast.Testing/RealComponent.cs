using Xunit;

namespace Holdfast.Testing;

/// <summary>
/// Programs and rights that a test needs and a machine may lack. In continuous integration (CI=true) their absence is a failure;
/// elsewhere the test is skipped with the reason.
/// </summary>
public static class RealComponent
{
    public static bool IsContinuousIntegration =>
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The path of an installed program, or the test ends here.</summary>
    public static string Require(string program) => Find(program) ?? Missing($"{program} is not installed");

    /// <summary>The path of an installed program, or null.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append("/usr/sbin")
            .Append("/sbin")
            .Select(directory => Path.Combine(directory, program))
            .FirstOrDefault(File.Exists);

    /// <summary>Ends the test unless it runs as root.</summary>
    /// <param name="purpose">Completes "needs root to …".</param>
    public static void RequireRoot(string purpose)
    {
        if (!Environment.IsPrivilegedProcess) Missing($"needs root to {purpose}");
    }

    /// <summary>Ends the test unless it can run programs as another user, who can read a file: not so where the checkout is in a private folder.</summary>
    /// <param name="file">What the other user needs.</param>
    /// <returns>The program and its arguments that run another one as that user.</returns>
    public static async Task<IReadOnlyList<string>> RequireOtherUserAsync(string file)
    {
        RequireRoot("act as another user");
        string[] asNobody = [Require("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"];
        var read = await RunningProcess.RunAsync(asNobody[0], [.. asNobody.Skip(1), "test", "-r", file]);
        if (read.ExitCode != 0) Missing($"another user cannot read {file}: the checkout is in a private folder");
        return asNobody;
    }

    /// <summary>Ends the test because something is missing.</summary>
    public static string Missing(string reason)
    {
        if (IsContinuousIntegration) Assert.Fail($"{reason}, and CI=true allows no skipping");
        Assert.Skip(reason);
        return reason;
    }
}
