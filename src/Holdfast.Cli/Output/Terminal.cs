namespace Holdfast.Cli.Output;

/// <summary>What the terminal can and wants: no colours for NO_COLOR (no-color.org) or a dumb terminal.</summary>
internal static class Terminal
{
    internal static ScreenOptions Options(bool json, bool quiet) => new(
        json,
        quiet,
        OutputIsTerminal: !Console.IsOutputRedirected,
        ErrorIsTerminal: !Console.IsErrorRedirected,
        Colours: string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"));
}
