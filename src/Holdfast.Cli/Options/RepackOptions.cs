using System.CommandLine;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Pruning;

namespace Holdfast.Cli.Options;

/// <summary>How much room a prune makes, and at which cost.</summary>
internal sealed class RepackOptions
{
    internal Option<string?> MaximumUnused { get; } = new("--max-unused")
    {
        Description = "What nothing needs and may stay beside what is needed: 5%, 200M, 0 or unlimited.",
        HelpName = "LIMIT",
    };

    internal Option<string?> MaximumRepack { get; } = new("--max-repack-size")
    {
        Description = "How much of packs is copied at most, such as 500M; 0 copies only folders.",
        HelpName = "SIZE",
    };

    internal bool IsGiven(ParseResult arguments) => arguments.GetValue(MaximumUnused) is not null || arguments.GetValue(MaximumRepack) is not null;

    /// <exception cref="HoldfastException">Usage: one is no size.</exception>
    internal PruneOptions Read(ParseResult arguments) => new()
    {
        MaximumUnused = arguments.GetValue(MaximumUnused) is { } limit
            ? UnusedLimit.TryParse(limit) ?? throw Wrong(MaximumUnused, limit, "5%, 200M, 0 or unlimited")
            : UnusedLimit.Default,
        MaximumRepack = arguments.GetValue(MaximumRepack) is { } size
            ? ByteSize.TryParse(size) ?? throw Wrong(MaximumRepack, size, "500M or 2G")
            : null,
    };

    private static HoldfastException Wrong(Option option, string value, string examples) =>
        new(FailureKind.Usage, $"{option.Name} {Quoted.Text(value)} is no size", $"write {examples}");
}
