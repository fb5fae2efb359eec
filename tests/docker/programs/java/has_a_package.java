package org.example.tour;

public final class Guide {
    public static void main(String[] args) {
        System.out.println(Guide.class.getName().equals("org.example.tour.Guide") ? "ok" : "no");
    }
}
