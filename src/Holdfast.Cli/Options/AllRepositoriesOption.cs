using System.CommandLine;
using System.Text.Json;
using Holdfast.Cli.Commands;
using Holdfast.Cli.Output;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Options;

/// <summary>Does with every repository of the manifest what a command does with one. One that fails does not stop the others.</summary>
internal sealed class AllRepositoriesOption
{
    internal Option<bool> Option { get; } = new("--all-repositories") { Description = "Every repository of the manifest, one after the other." };

    /// <param name="session">Of the command.</param>
    /// <param name="arguments">Hold the option.</param>
    /// <param name="work">The command on one repository; gives its exit code.</param>
    internal async Task<int> RunAsync(Session session, ParseResult arguments, Func<Session, Task<int>> work)
    {
        if (!arguments.GetValue(Option)) return await work(session);
        if (session.InUse.Given is not null || session.Manifest is null)
            throw new HoldfastException(FailureKind.Usage, "--all-repositories is for the repositories of a manifest, and none of them may be named", "leave out --repository and HOLDFAST_REPOSITORY, or the option");
        var results = new List<RepositoryResultDocument>();
        var (failures, answers) = (new List<int>(), new List<int>());
        foreach (var at in session.Destinations())
        {
            session.Screen.Line($"repository {at.RepositoryName}:");
            using var json = new StringWriter();
            var screen = session.Screen.IsJson ? session.Screen.Into(json) : session.Screen;
            var (exitCode, isFailure) = await TryAsync(at.On(screen), screen, work);
            (isFailure ? failures : answers).Add(exitCode);
            results.Add(new RepositoryResultDocument(at.RepositoryName, exitCode, Document(json)));
        }

        session.Screen.Json(new AllRepositoriesDocument(results), CliJson.Default.AllRepositoriesDocument);
        return Combined(failures, answers);
    }

    /// <summary>A bad answer counts most; one that is down is no reason to call what was done with the others a failure.</summary>
    private static int Combined(List<int> failures, List<int> answers)
    {
        if (answers.Count == 0) return failures[0];
        if (answers.Contains(ExitCode.Bad)) return ExitCode.Bad;
        return failures.Count > 0 ? ExitCode.DoneInPart : answers.Max();
    }

    private static async Task<(int ExitCode, bool IsFailure)> TryAsync(Session at, Screen screen, Func<Session, Task<int>> work)
    {
        try
        {
            return (await work(at), false);
        }
        catch (HoldfastException failure) when (failure.Kind is not (FailureKind.Interrupted or FailureKind.OutputClosed))
        {
            screen.Failure(failure);
            return (failure.ExitCode, true);
        }
    }

    private static JsonElement? Document(StringWriter json)
    {
        if (json.ToString() is not { Length: > 0 } text) return null;
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
