using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holdfast.Engine.Files;

namespace Holdfast.Cli.Output;

/// <summary>
/// Results of any length on standard output: lines for people, or one JSON document a line. Buffered, unless somebody watches a terminal.
/// Ends the command when nobody reads them any more. Finish with <see cref="Flush"/>.
/// </summary>
internal sealed class LongOutput : IDisposable
{
    private const int BufferSize = 1 << 16;

    private readonly ScreenOptions _options;
    private readonly StreamWriter _writer;

    internal LongOutput(ScreenOptions options)
    {
        _options = options;
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        _writer = new StreamWriter(DescriptorStream.StandardOutput(), encoding, BufferSize) { NewLine = "\n", AutoFlush = options.OutputIsTerminal };
    }

    /// <exception cref="Holdfast.Restic.Failures.HoldfastException">OutputClosed, NoSpace, Failed: it cannot be written.</exception>
    internal void Line(string text)
    {
        if (!_options.Json && !_options.Quiet) _writer.WriteLine(Printable.Text(text));
    }

    /// <inheritdoc cref="Line"/>
    internal void Json<T>(T document, JsonTypeInfo<T> type)
    {
        if (_options.Json) _writer.WriteLine(JsonSerializer.Serialize(document, type));
    }

    /// <inheritdoc cref="Line"/>
    internal void Flush() => _writer.Flush();

    public void Dispose()
    {
        try
        {
            // After a failure: what is known is shown, and then the failure.
            _writer.Dispose();
        }
        catch (Restic.Failures.HoldfastException)
        {
            // Everything that counts was flushed before.
            return;
        }
    }
}
