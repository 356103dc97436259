namespace Holdfast.Engine.Manifest;

/// <summary>Signals that end a process, by the names of signal(7) and their numbers on every architecture that .NET runs on.</summary>
public static class SignalName
{
    private static readonly IReadOnlyDictionary<string, int> _numbers = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["TERM"] = 15,
        ["INT"] = 2,
        ["QUIT"] = 3,
        ["HUP"] = 1,
        ["USR1"] = 10,
        ["USR2"] = 12,
        ["KILL"] = 9,
    };

    public const string Default = "TERM";

    public static IEnumerable<string> All => _numbers.Keys;

    /// <summary>The number of a name with or without <c>SIG</c> in front; null for a name that is not known.</summary>
    public static int? Number(string name) =>
        _numbers.TryGetValue(name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name, out var number) ? number : null;

    /// <summary>The name of a number that <see cref="Number"/> gave.</summary>
    public static string Of(int number) => _numbers.Single(pair => pair.Value == number).Key;
}
