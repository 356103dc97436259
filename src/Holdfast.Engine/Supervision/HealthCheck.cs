using Holdfast.Engine.Manifest;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Supervision;

/// <summary>Asks an application whether it works.</summary>
public sealed class HealthCheck(HealthDeclaration health, ServiceSurroundings surroundings)
{
    private static readonly TimeSpan LongestQuestion = TimeSpan.FromSeconds(10);

    private readonly ServiceProgram _programs = new(surroundings);

    private TimeSpan QuestionTimeout => health.Timeout < LongestQuestion ? health.Timeout : LongestQuestion;

    /// <summary>Asks once.</summary>
    /// <exception cref="HoldfastException">NotFound: the program that is to be asked does not exist.</exception>
    public Task<HealthAnswer> AskAsync(CancellationToken cancellationToken) => health.Probe switch
    {
        HealthProbe.Http(var url) => HttpQuestion.AskAsync(url, QuestionTimeout, surroundings.Clock, cancellationToken),
        HealthProbe.Command(var arguments) => AskAsync(arguments, cancellationToken),
        _ => throw new InvalidOperationException("unknown kind of probe"),
    };

    /// <summary>Asks until it was healthy so often in a row as the manifest wants.</summary>
    /// <param name="ended">Tells, in words, that waiting is in vain; null while it is not.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The last answer, which is good.</returns>
    /// <exception cref="HoldfastException">Failed: it did not become healthy in time, with the last answer.</exception>
    public async Task<HealthAnswer> WaitUntilHealthyAsync(Func<string?> ended, CancellationToken cancellationToken)
    {
        var last = new HealthAnswer(HealthGrade.Silent, "none");
        var inRow = 0;
        string? why = null;
        var healthy = await Waiting.UntilAsync(LookAsync, health.Timeout, health.Interval, surroundings.Clock, cancellationToken).ConfigureAwait(false);
        if (healthy && why is null) return last;
        throw new HoldfastException(
            FailureKind.Failed,
            $"the application does not work: {why ?? $"it was not healthy within {health.Timeout.TotalSeconds:0.###} s"}; the last answer to {Question} was {last.Seen}",
            "look into the application's own log; if it only needs longer, raise `service.health.timeout`");

        async Task<bool> LookAsync()
        {
            if ((why = ended()) is not null) return true;
            last = await AskAsync(cancellationToken).ConfigureAwait(false);
            inRow = last.IsGood ? inRow + 1 : 0;
            return inRow >= Math.Max(1, health.Successes);
        }
    }

    /// <summary>Waits until nobody answers, so that a later good answer comes from a new process.</summary>
    /// <exception cref="HoldfastException">Failed: somebody still answers, with who listens on the port.</exception>
    public async Task WaitUntilSilentAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var last = new HealthAnswer(HealthGrade.Bad, "none");
        if (await Waiting.UntilAsync(LookAsync, timeout, Waiting.Interval, surroundings.Clock, cancellationToken).ConfigureAwait(false)) return;
        throw new HoldfastException(
            FailureKind.Failed,
            $"the application was stopped, but {Question} is still answered {timeout.TotalSeconds:0.###} s later, with {last.Seen}{Listeners()}",
            "stop what still runs; it may be a second copy of the application, or the health question may reach another one");

        async Task<bool> LookAsync()
        {
            last = await AskAsync(cancellationToken).ConfigureAwait(false);
            return health.Probe is HealthProbe.Command ? !last.IsGood : last.IsSilent;
        }
    }

    private string Question => health.Probe switch
    {
        // A URL may hold a token.
        HealthProbe.Http(var url) => url.GetLeftPart(UriPartial.Path),
        HealthProbe.Command(var arguments) => ServiceProgram.Show(arguments),
        _ => "the health question",
    };

    /// <summary>False when the program that asks is not there, so that nobody can be asked now.</summary>
    internal bool CanAsk => health.Probe is not HealthProbe.Command(var arguments) || _programs.IsThere(arguments);

    private async Task<HealthAnswer> AskAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            var result = await _programs.RunAsync(arguments, QuestionTimeout, cancellationToken).ConfigureAwait(false);
            return new HealthAnswer(
                result.ExitCode == 0 ? HealthGrade.Good : HealthGrade.Bad, $"exit code {result.ExitCode}{OutputTail.InLine(result)}");
        }
        catch (HoldfastException error) when (error.Kind == FailureKind.Failed)
        {
            // A question that hangs is an answer; a program that does not exist is a mistake in the manifest.
            return new HealthAnswer(HealthGrade.Bad, error.Message);
        }
    }

    private string Listeners()
    {
        if (health.Probe is not HealthProbe.Http(var url) || !url.IsLoopback) return string.Empty;
        var found = ListeningProcesses.OnPort(url.Port);
        return found.Count == 0
            ? string.Empty
            : $"; on port {url.Port} listens {string.Join(", ", found.Select(process => $"process {process.ProcessId} ({process.Command})"))}";
    }
}
