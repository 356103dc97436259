using System.Text.Json.Serialization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>How an application is taken down and up, as the journal keeps it. Holds no secret.</summary>
/// <param name="Declaration">What the manifest said.</param>
/// <param name="Root">The application's root.</param>
/// <param name="Name">The application's name.</param>
public sealed record DeclaredService(
    [property: JsonRequired] ServiceDeclaration Declaration, [property: JsonRequired] FilePath Root, [property: JsonRequired] string Name);
