using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Holdfast.Tests.Architecture;

/// <summary>
/// Reads from a compiled assembly which types each of its types refers to: in signatures, fields, base types and constraints, and in
/// the instructions of method bodies (ECMA-335, partition II and III). Constants are copied by the compiler and leave no reference.
/// </summary>
public static class CompiledReferences
{
    /// <summary>Every top-level type of the assembly with the top-level types it refers to.</summary>
    public static IReadOnlyDictionary<TypeName, IReadOnlySet<TypeName>> Read(string assemblyPath)
    {
        using var image = new PEReader(File.OpenRead(assemblyPath));
        var metadata = image.GetMetadataReader();
        var result = new Dictionary<TypeName, HashSet<TypeName>>();
        foreach (var handle in metadata.TypeDefinitions)
        {
            var collector = new ReferenceCollector(metadata);
            Collect(image, metadata, handle, collector);
            var user = collector.NameOf(handle);
            if (!result.TryGetValue(user, out var references)) result[user] = references = [];
            references.UnionWith(collector.References);
            references.Remove(user);
        }

        return result.ToDictionary(pair => pair.Key, pair => (IReadOnlySet<TypeName>)pair.Value);
    }

    private static void Collect(PEReader image, MetadataReader metadata, TypeDefinitionHandle handle, ReferenceCollector collector)
    {
        var type = metadata.GetTypeDefinition(handle);
        collector.Add(type.BaseType);
        foreach (var implementation in type.GetInterfaceImplementations())
        {
            collector.Add(metadata.GetInterfaceImplementation(implementation).Interface);
        }

        CollectConstraints(metadata, type.GetGenericParameters(), collector);
        foreach (var field in type.GetFields()) metadata.GetFieldDefinition(field).DecodeSignature(collector, null);
        foreach (var methodHandle in type.GetMethods())
        {
            var method = metadata.GetMethodDefinition(methodHandle);
            method.DecodeSignature(collector, null);
            CollectConstraints(metadata, method.GetGenericParameters(), collector);
            if (method.RelativeVirtualAddress != 0) CollectBody(image.GetMethodBody(method.RelativeVirtualAddress), metadata, collector);
        }
    }

    private static void CollectConstraints(MetadataReader metadata, GenericParameterHandleCollection parameters, ReferenceCollector collector)
    {
        foreach (var constraint in parameters.SelectMany(parameter => metadata.GetGenericParameter(parameter).GetConstraints()))
        {
            collector.Add(metadata.GetGenericParameterConstraint(constraint).Type);
        }
    }

    private static void CollectBody(MethodBodyBlock body, MetadataReader metadata, ReferenceCollector collector)
    {
        if (!body.LocalSignature.IsNil) metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(collector, null);
        foreach (var region in body.ExceptionRegions) collector.Add(region.CatchType);
        foreach (var token in InstructionTokens.Read(body.GetILReader())) collector.Add(MetadataTokens.EntityHandle(token));
    }
}
