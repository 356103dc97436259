using System.Buffers;
using System.Data.Common;
using System.Text.Json;
using Holdfast.Engine.Files;
using Holdfast.Engine.State;

namespace Holdfast.Engine.Operations;

/// <summary>The entry of one operation as it is stored, whether or not this program understands it.</summary>
internal static class OperationEntry
{
    /// <summary>Takes it out of the journal, and keeps all of it in a file: nothing that somebody may still need is lost.</summary>
    /// <param name="state">The local state.</param>
    /// <param name="file">Where it is kept; the folder exists.</param>
    /// <param name="number">The operation.</param>
    /// <exception cref="Holdfast.Restic.Failures.HoldfastException">It could not be written, or the journal not be changed: it is still there.</exception>
    internal static void Remove(LocalState state, FilePath file, long number) => state.InTransaction(() =>
    {
        var entry = state.Query("select * from operations where number = $number", Columns, ("$number", number)).Single();
        var steps = state.Query("select * from operation_steps where operation = $number order by position", Columns, ("$number", number));
        AtomicFile.Write(file, Serialize(entry, steps));
        state.Execute("delete from operation_steps where operation = $number", ("$number", number));
        state.Execute("delete from operations where number = $number", ("$number", number));
    });

    private static List<(string Name, object Value)> Columns(DbDataReader row) =>
        [.. Enumerable.Range(0, row.FieldCount).Select(column => (row.GetName(column), row.GetValue(column)))];

    private static byte[] Serialize(List<(string Name, object Value)> entry, IReadOnlyList<List<(string Name, object Value)>> steps)
    {
        var content = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(content, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            foreach (var (name, value) in entry) Write(json, name, value);
            json.WriteStartArray("steps");
            foreach (var step in steps)
            {
                json.WriteStartObject();
                foreach (var (name, value) in step) Write(json, name, value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return [.. content.WrittenSpan, (byte)'\n'];
    }

    private static void Write(Utf8JsonWriter json, string name, object value)
    {
        switch (value)
        {
            case string text: json.WriteString(name, text); break;
            case long number: json.WriteNumber(name, number); break;
            case double number when double.IsFinite(number): json.WriteNumber(name, number); break;
            case byte[] bytes: json.WriteBase64String(name, bytes); break;
            default: json.WriteNull(name); break;
        }
    }
}
