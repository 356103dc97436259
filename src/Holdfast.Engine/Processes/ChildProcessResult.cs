using System.Text;

namespace Holdfast.Engine.Processes;

/// <summary>How a program ended and what it said.</summary>
/// <param name="ExitCode">128 plus the signal's number when a signal ended it.</param>
/// <param name="Output">Its standard output, up to the limit.</param>
/// <param name="Error">Its standard error, up to the limit.</param>
/// <param name="OutputWasCut">True when there was more output than the limit, or a process left behind may still write some.</param>
/// <param name="ErrorWasCut">The same of standard error.</param>
public sealed record ChildProcessResult(
    int ExitCode,
    ReadOnlyMemory<byte> Output,
    ReadOnlyMemory<byte> Error,
    bool OutputWasCut,
    bool ErrorWasCut)
{
    /// <summary>The output as text; bytes that are not UTF-8 become U+FFFD.</summary>
    public string OutputText => Encoding.UTF8.GetString(Output.Span);

    /// <summary>Standard error as text; bytes that are not UTF-8 become U+FFFD.</summary>
    public string ErrorText => Encoding.UTF8.GetString(Error.Span);
}
