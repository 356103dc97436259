using System.Text;
using System.Text.Json;

namespace Holdfast.Testing;

/// <summary>What a finished program left: its exit code and everything it wrote.</summary>
public sealed record ProgramResult(string CommandLine, int ExitCode, byte[] OutputBytes, string Error)
{
    /// <summary>Standard output as UTF-8 text.</summary>
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    public IReadOnlyList<string> OutputLines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The whole of standard output as one JSON document.</summary>
    public JsonElement Json() => Parse(Output);

    /// <summary>Standard output as one JSON document a line.</summary>
    public IReadOnlyList<JsonElement> JsonLines() => OutputLines.Select(Parse).ToList();

    /// <summary>Itself when the exit code is as expected.</summary>
    /// <exception cref="InvalidOperationException">It is another; the message has all that the program said.</exception>
    public ProgramResult Expect(params int[] exitCodes) =>
        exitCodes.Contains(ExitCode) ? this : throw new InvalidOperationException(ToString());

    public override string ToString() => $"{CommandLine}\nexit code {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";

    private JsonElement Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"not JSON: {e.Message}\n{this}", e);
        }
    }
}
