using System.CommandLine;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Options;

/// <summary>How long to wait for what is in the way.</summary>
internal sealed class WaitOption
{
    private const double Longest = 86_400;

    internal WaitOption(
        string description = "How long to wait while another operation is at the application.", TimeSpan otherwise = default) =>
        Option = new Option<double>("--wait") { Description = description, HelpName = "SECONDS", DefaultValueFactory = _ => otherwise.TotalSeconds };

    internal Option<double> Option { get; }

    /// <exception cref="HoldfastException">Usage: not a time, or longer than a day.</exception>
    internal TimeSpan Value(ParseResult arguments) => arguments.GetValue(Option) is >= 0 and <= Longest and var seconds
        ? TimeSpan.FromSeconds(seconds)
        : throw new HoldfastException(FailureKind.Usage, $"{Option.Name} is not a number of seconds between 0 and {Longest}");
}
