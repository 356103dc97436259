using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Engine.Files;
using Holdfast.Restic.Backends.Locations;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Repositories;

/// <summary>Where a repository is: a folder of this machine, or an address in restic's words.</summary>
[JsonConverter(typeof(RepositoryAddressConverter))]
public sealed record RepositoryAddress
{
    private RepositoryAddress(RepositoryLocation location, FilePath? folder) => (Location, Folder) = (location, folder);

    public RepositoryLocation Location { get; }

    /// <summary>The folder, absolute; null for a repository that is elsewhere.</summary>
    public FilePath? Folder { get; }

    /// <summary>
    /// How the local state names it: a copy elsewhere has the same ID, and is not proven with it. A folder behind all symbolic links, its bytes
    /// escaped where they are no text, so that two places never look the same; an address without its password.
    /// </summary>
    public string Place => Folder is { } folder ? (FileSystem.Exists(folder) ? FileSystem.RealPath(folder) : folder).Display : Location.ToString();

    /// <summary>For people; never holds a password.</summary>
    public string Display => Folder?.Display ?? Location.ToString();

    /// <summary>What reads as this address again, but for a password in it.</summary>
    public string Text => Folder?.ToString() ?? Location.ToString();

    /// <param name="folder">Absolute.</param>
    public static RepositoryAddress Of(FilePath folder) => new(new LocalLocation(folder.ToString()), folder);

    /// <param name="text">A folder, or an address such as <c>rest:https://host/</c>.</param>
    /// <param name="from">Where relative folders begin.</param>
    /// <exception cref="HoldfastException">Usage: it is neither.</exception>
    public static RepositoryAddress Parse(string text, FilePath from) =>
        RepositoryLocation.Parse(text) is var location && location is LocalLocation local ? Of(FilePath.Absolute(local.Path, from)) : new RepositoryAddress(location, null);

    public override string ToString() => Display;
}

/// <summary>Addresses in JSON: what reads as the address again, but for a password in it.</summary>
internal sealed class RepositoryAddressConverter : JsonConverter<RepositoryAddress>
{
    private static readonly FilePathConverter Folders = new();

    public override RepositoryAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String || reader.GetString() is ['/', ..]) return RepositoryAddress.Of(Folders.Read(ref reader, typeof(FilePath), options));
        try
        {
            return RepositoryAddress.Parse(reader.GetString()!, FilePath.Root);
        }
        catch (HoldfastException error)
        {
            throw new JsonException("not the address of a repository", error);
        }
    }

    public override void Write(Utf8JsonWriter writer, RepositoryAddress value, JsonSerializerOptions options)
    {
        if (value.Folder is { } folder) Folders.Write(writer, folder, options);
        else writer.WriteStringValue(value.Text);
    }
}
