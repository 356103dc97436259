using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Holdfast.Tests.Architecture;

/// <summary>Gathers the types named by metadata handles and signatures, through generic arguments, arrays and pointers.</summary>
internal sealed class ReferenceCollector(MetadataReader metadata) : ISignatureTypeProvider<TypeName?, object?>
{
    public HashSet<TypeName> References { get; } = [];

    public void Add(EntityHandle handle)
    {
        if (handle.IsNil) return;
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                References.Add(NameOf((TypeDefinitionHandle)handle));
                break;
            case HandleKind.TypeReference:
                References.Add(NameOf((TypeReferenceHandle)handle));
                break;
            case HandleKind.TypeSpecification:
                metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
                break;
            case HandleKind.MethodDefinition:
                Add(metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.FieldDefinition:
                Add(metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
                break;
            case HandleKind.MemberReference:
                Add(metadata.GetMemberReference((MemberReferenceHandle)handle));
                break;
            case HandleKind.MethodSpecification:
                var method = metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                method.DecodeSignature(this, null);
                Add(method.Method);
                break;
            case HandleKind.StandaloneSignature:
                metadata.GetStandaloneSignature((StandaloneSignatureHandle)handle).DecodeMethodSignature(this, null);
                break;
            default:
                throw new InvalidOperationException($"unexpected token {handle.Kind}");
        }
    }

    public TypeName NameOf(TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil) type = metadata.GetTypeDefinition(type.GetDeclaringType());
        return new TypeName(
            metadata.GetString(metadata.GetAssemblyDefinition().Name), metadata.GetString(type.Namespace), metadata.GetString(type.Name));
    }

    TypeName? ISignatureTypeProvider<TypeName?, object?>.GetFunctionPointerType(MethodSignature<TypeName?> signature) => null;

    TypeName? ISignatureTypeProvider<TypeName?, object?>.GetGenericMethodParameter(object? genericContext, int index) => null;

    TypeName? ISignatureTypeProvider<TypeName?, object?>.GetGenericTypeParameter(object? genericContext, int index) => null;

    TypeName? ISignatureTypeProvider<TypeName?, object?>.GetModifiedType(TypeName? modifier, TypeName? unmodifiedType, bool isRequired) => null;

    TypeName? ISignatureTypeProvider<TypeName?, object?>.GetPinnedType(TypeName? elementType) => null;

    TypeName? ISignatureTypeProvider<TypeName?, object?>.GetTypeFromSpecification(
        MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind)
    {
        Add(handle);
        return null;
    }

    TypeName? IConstructedTypeProvider<TypeName?>.GetArrayType(TypeName? elementType, ArrayShape shape) => null;

    TypeName? IConstructedTypeProvider<TypeName?>.GetByReferenceType(TypeName? elementType) => null;

    TypeName? IConstructedTypeProvider<TypeName?>.GetGenericInstantiation(TypeName? genericType, ImmutableArray<TypeName?> typeArguments) => null;

    TypeName? IConstructedTypeProvider<TypeName?>.GetPointerType(TypeName? elementType) => null;

    TypeName? ISZArrayTypeProvider<TypeName?>.GetSZArrayType(TypeName? elementType) => null;

    TypeName? ISimpleTypeProvider<TypeName?>.GetPrimitiveType(PrimitiveTypeCode typeCode) => null;

    TypeName? ISimpleTypeProvider<TypeName?>.GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
    {
        Add(handle);
        return null;
    }

    TypeName? ISimpleTypeProvider<TypeName?>.GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
    {
        Add(handle);
        return null;
    }

    private void Add(MemberReference member)
    {
        Add(member.Parent);
        if (member.GetKind() == MemberReferenceKind.Field) member.DecodeFieldSignature(this, null);
        else member.DecodeMethodSignature(this, null);
    }

    private TypeName NameOf(TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference) type = metadata.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
        var assembly = type.ResolutionScope.Kind == HandleKind.AssemblyReference
            ? metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name
            : metadata.GetAssemblyDefinition().Name;
        return new TypeName(metadata.GetString(assembly), metadata.GetString(type.Namespace), metadata.GetString(type.Name));
    }
}
