namespace Holdfast.Tests.Architecture;

/// <summary>A top-level type as compiled code names it; nested and generated types count as the type around them.</summary>
public sealed record TypeName(string Assembly, string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}.{Name}";
}
