using System.Net.Http.Headers;
using System.Text.Json;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Backends.Rest;

/// <summary>The two forms of a list (section 11.1): version 2 names sizes, version 1 has names only. The type of the answer tells which.</summary>
internal static class RestListing
{
    private const string Version2 = "application/vnd.x.restic.rest.v2";

    /// <summary>The files of the list; the size is null in version 1. Names that are no IDs are kept apart.</summary>
    /// <exception cref="JsonException">It is no such list.</exception>
    public static ListedNames Parse(ReadOnlySpan<byte> json, MediaTypeHeaderValue? type)
    {
        var hasSizes = string.Equals(type?.MediaType, Version2, StringComparison.OrdinalIgnoreCase);
        var (files, unknown) = (new List<(Id, long?)>(), new List<string>());
        var reader = new Utf8JsonReader(json);
        Expect(reader.Read() && reader.TokenType is JsonTokenType.StartArray or JsonTokenType.Null);
        if (reader.TokenType is JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var (name, size) = hasSizes ? Sized(ref reader) : (reader.GetText(), null);
                if (Id.TryParse(name, out var id)) files.Add((id, size));
                else unknown.Add(name);
            }
        }

        Expect(!reader.Read());
        return new ListedNames(files, unknown);
    }

    private static (string Name, long? Size) Sized(ref Utf8JsonReader reader)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject);
        string? name = null;
        long? size = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isName, isSize) = (reader.ValueTextEquals("name"u8), reader.ValueTextEquals("size"u8));
            reader.Read();
            if (isName) name = reader.GetText();
            else if (isSize) size = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : -1;
            else reader.Skip();
        }

        Expect(name is not null && size >= 0);
        return (name!, size);
    }

    private static string GetText(this ref Utf8JsonReader reader)
    {
        Expect(reader.TokenType == JsonTokenType.String);
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("a name is not Unicode", e);
        }
    }

    private static void Expect(bool holds)
    {
        if (!holds) throw new JsonException("not a list of files");
    }

    /// <param name="Files">By their IDs, with sizes where they are told.</param>
    /// <param name="Unknown">Names that are no IDs, as they are.</param>
    internal readonly record struct ListedNames(List<(Id Id, long? Size)> Files, List<string> Unknown);
}
